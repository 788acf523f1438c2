/** Tables that are rows on a desk and cards on a phone. */
import { Children, cloneElement, isValidElement, type ReactElement, type ReactNode } from 'react';
import { useSay } from './text.ts';

type Cell = ReactElement<{
  readonly children?: ReactNode;
  readonly role?: string;
  readonly 'data-head'?: string;
}>;

/** Said, since what is shown as cards is no table by itself. */
const AS = {
  table: { role: 'table' },
  rows: { role: 'rowgroup' },
  row: { role: 'row' },
  head: { role: 'columnheader' },
  cell: { role: 'cell' },
} as const;

/** A table; on a phone each of its rows is a card, whose lines begin with the heads. */
export function Table({
  label,
  head,
  children,
}: {
  readonly label: string;
  readonly head: readonly string[];
  readonly children: ReactNode;
}) {
  const say = useSay();
  const cells = (row: Cell) =>
    Children.toArray(row.props.children)
      .filter(cell => isValidElement<Cell['props']>(cell))
      .map((cell, at) => cloneElement(cell, { ...AS.cell, 'data-head': head[at] ?? '' }));
  return (
    <section
      className="relative overflow-x-auto focus-visible:outline-offset-0"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
      tabIndex={0}
      aria-label={label}
    >
      <table {...AS.table} className="stacked w-full border-collapse text-left text-sm">
        <caption className="sr-only">{label}</caption>
        <thead {...AS.rows}>
          <tr {...AS.row} className="border-line border-b text-soft">
            {head.map(name => (
              <th
                key={name}
                {...AS.head}
                scope="col"
                className="whitespace-nowrap px-2 py-2 font-medium first:pl-0"
              >
                {name || <span className="sr-only">{say('Actions')}</span>}
              </th>
            ))}
          </tr>
        </thead>
        <tbody {...AS.rows}>
          {Children.map(children, row =>
            isValidElement<Cell['props']>(row) ? cloneElement(row, AS.row, cells(row)) : row,
          )}
        </tbody>
      </table>
    </section>
  );
}
