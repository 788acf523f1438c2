/** A plot of bars, with the same figures as a table for those who do not see it. */
import { useEffect, useRef, useState } from 'react';
import { useSay } from './text.ts';

interface Bar {
  readonly name: string;
  readonly value: number;
}

interface Stack {
  readonly name: string;
  /** In the order of the groups. */
  readonly parts: readonly number[];
}

const FILLS = ['fill-accent', 'fill-notice', 'fill-line-strong', 'fill-soft', 'fill-danger'] as const;
const DOTS = ['bg-accent', 'bg-notice', 'bg-line-strong', 'bg-soft', 'bg-danger'] as const;

const HEIGHT = 160;
const FIRST_WIDTH = 900;
/** Pixels that a name below takes. */
const NAME_WIDTH = 60;
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
  return (
    <StackedBars
      label={label}
      bars={bars.map(({ name, value }) => ({ name, parts: [value] }))}
      format={format}
    />
  );
}

const sum = (parts: readonly number[]) => parts.reduce((all, each) => all + each, 0);

/** Bars of several parts, with a legend when they have names. */
export function StackedBars({
  label,
  groups = [],
  bars,
  format,
}: {
  readonly label: string;
  readonly groups?: readonly Bar[];
  readonly bars: readonly Stack[];
  readonly format: (value: number) => string;
}) {
  const say = useSay();
  const most = Math.max(...bars.map(({ parts }) => sum(parts)), 0);
  const figure = useRef<HTMLElement>(null);
  const [width, setWidth] = useState(FIRST_WIDTH);
  useEffect(() => {
    const seen = new ResizeObserver(([entry]) => entry && setWidth(Math.max(200, entry.contentRect.width)));
    if (figure.current) seen.observe(figure.current);
    return () => seen.disconnect();
  }, []);
  const slot = width / Math.max(bars.length, 1);
  const every = Math.ceil((bars.length * NAME_WIDTH) / width);
  return (
    <figure ref={figure}>
      <svg viewBox={`0 0 ${width} ${HEIGHT + FOOT}`} role="img" aria-label={label} className="h-auto w-full">
        <line x1="0" y1={HEIGHT} x2={width} y2={HEIGHT} stroke="currentColor" className="text-line-strong" />
        {bars.map(({ name, parts }, at) => {
          const scale = most > 0 ? (HEIGHT - 24) / most : 0;
          const x = at * slot + slot * 0.15;
          return (
            <g key={name}>
              <title>{`${name}: ${format(sum(parts))}`}</title>
              {parts.map((value, part) => {
                const height = value > 0 ? Math.max(2, value * scale) : 0;
                const below = sum(parts.slice(0, part)) * scale;
                return (
                  <rect
                    key={FILLS[part]}
                    x={x}
                    y={HEIGHT - below - height}
                    width={slot * 0.7}
                    height={height}
                    rx={parts.length === 1 ? 3 : 1}
                    className={FILLS[part]}
                  />
                );
              })}
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
        {groups.length > 0 && (
          <ul className="mt-2 flex flex-wrap gap-x-5 gap-y-1 text-sm">
            {groups.map(({ name, value }, at) => (
              <li key={name} className="flex items-center gap-2">
                <span aria-hidden="true" className={`size-3 rounded-sm ${DOTS[at]}`} />
                {name} <span className="text-soft">{format(value)}</span>
              </li>
            ))}
          </ul>
        )}
        <details className="mt-1 text-sm">
          <summary className="w-fit cursor-pointer text-soft">{say('As a table')}</summary>
          <table className="mt-2">
            <tbody>
              {bars
                .filter(({ parts }) => sum(parts) > 0)
                .map(({ name, parts }) => (
                  <tr key={name}>
                    <th scope="row" className="pr-4 text-left font-normal text-soft">
                      {name}
                    </th>
                    <td>{format(sum(parts))}</td>
                    {groups.length > 1 &&
                      groups.map((group, at) => (
                        <td key={group.name} className="pl-4 text-soft">
                          {group.name} {format(parts[at] ?? 0)}
                        </td>
                      ))}
                  </tr>
                ))}
            </tbody>
          </table>
        </details>
      </figcaption>
    </figure>
  );
}
