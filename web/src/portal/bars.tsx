/** A plot of bars, with the same figures as a table for those who do not see it. */
import { useSay } from './text.ts';

interface Bar {
  readonly name: string;
  readonly value: number;
}

const HEIGHT = 160;
const WIDTH = 900;
const FOOT = 22;

export function Bars({
  label,
  bars,
  format,
}: {
  readonly label: string;
  readonly bars: readonly Bar[];
  readonly format: (value: number) => string;
}) {
  const say = useSay();
  const most = Math.max(...bars.map(({ value }) => value), 0);
  const slot = WIDTH / Math.max(bars.length, 1);
  const every = Math.ceil(bars.length / 8);
  return (
    <figure>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT + FOOT}`} role="img" aria-label={label} className="h-auto w-full">
        <line x1="0" y1={HEIGHT} x2={WIDTH} y2={HEIGHT} stroke="currentColor" className="text-line-strong" />
        {bars.map(({ name, value }, at) => {
          const height = most > 0 ? Math.max(value > 0 ? 2 : 0, (value / most) * (HEIGHT - 24)) : 0;
          const x = at * slot + slot * 0.15;
          return (
            <g key={name}>
              <rect
                x={x}
                y={HEIGHT - height}
                width={slot * 0.7}
                height={height}
                rx="3"
                className="fill-accent"
              >
                <title>{`${name}: ${format(value)}`}</title>
              </rect>
              {at % every === 0 && (
                <text
                  x={at === 0 ? 0 : at * slot + slot / 2}
                  y={HEIGHT + 17}
                  textAnchor={at === 0 ? 'start' : 'middle'}
                  fontSize="13"
                  className="fill-faint"
                >
                  {name.slice(5)}
                </text>
              )}
            </g>
          );
        })}
        <text x="0" y="14" fontSize="13" className="fill-faint">
          {format(most)}
        </text>
      </svg>
      <figcaption>
        <details className="mt-1 text-sm">
          <summary className="w-fit cursor-pointer text-soft">{say('As a table')}</summary>
          <table className="mt-2">
            <tbody>
              {bars
                .filter(({ value }) => value > 0)
                .map(({ name, value }) => (
                  <tr key={name}>
                    <th scope="row" className="pr-4 text-left font-normal text-soft">
                      {name}
                    </th>
                    <td>{format(value)}</td>
                  </tr>
                ))}
            </tbody>
          </table>
        </details>
      </figcaption>
    </figure>
  );
}
