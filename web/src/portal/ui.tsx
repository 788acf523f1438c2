/** The pieces that the portal's pages are made of. */
import { Children, cloneElement, isValidElement, type ReactElement, type ReactNode, useId } from 'react';
import { go } from './route.ts';
import { useSay } from './text.ts';

export function Page({
  title,
  about,
  actions,
  children,
}: {
  readonly title: string;
  readonly about?: ReactNode;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}) {
  return (
    <div className="mx-auto w-full max-w-6xl px-4 py-6 sm:px-6">
      <header className="mb-5 flex flex-wrap items-start justify-between gap-3">
        <div className="min-w-0 max-w-2xl">
          <h1 className="font-semibold text-2xl text-ink wrap-anywhere">{title}</h1>
          {about && <p className="mt-1 text-soft">{about}</p>}
        </div>
        {actions && <div className="flex flex-wrap gap-2">{actions}</div>}
      </header>
      {children}
    </div>
  );
}

export function Card({
  title,
  actions,
  children,
  className = '',
}: {
  readonly title?: ReactNode;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
  readonly className?: string;
}) {
  return (
    <section className={`mb-5 rounded-2xl border border-line bg-panel p-4 sm:p-5 ${className}`}>
      {title && (
        <div className="mb-3 flex flex-wrap items-center justify-between gap-2">
          <h2 className="font-semibold text-ink text-lg">{title}</h2>
          {actions}
        </div>
      )}
      {children}
    </section>
  );
}

type Tone = 'plain' | 'good' | 'notice' | 'danger';
const TONES: Readonly<Record<Tone, string>> = {
  plain: 'bg-sunken text-soft',
  good: 'bg-accent-soft text-accent',
  notice: 'bg-notice-soft text-notice',
  danger: 'bg-danger-soft text-danger',
};

export function Badge({ tone = 'plain', children }: { readonly tone?: Tone; readonly children: ReactNode }) {
  return (
    <span
      className={`inline-block whitespace-nowrap rounded-full px-2 py-0.5 font-medium text-xs ${TONES[tone]}`}
    >
      {children}
    </span>
  );
}

interface ButtonProps {
  readonly children: ReactNode;
  readonly onClick?: () => void;
  readonly kind?: 'main' | 'quiet' | 'danger';
  readonly submit?: boolean;
  readonly disabled?: boolean;
  readonly label?: string;
  readonly pressed?: boolean;
}

const KINDS = {
  main: 'bg-accent text-on-accent hover:bg-accent-strong',
  quiet: 'border border-line-strong bg-raised text-ink hover:border-accent hover:text-accent',
  danger: 'border border-danger bg-raised text-danger hover:bg-danger-soft',
};

export function Button({ children, onClick, kind = 'quiet', submit, disabled, label, pressed }: ButtonProps) {
  return (
    <button
      type={submit ? 'submit' : 'button'}
      onClick={onClick}
      disabled={disabled}
      aria-label={label}
      aria-pressed={pressed}
      className={`min-h-10 cursor-pointer rounded-full px-4 font-medium text-sm disabled:cursor-default disabled:border-transparent disabled:bg-sunken disabled:text-faint aria-pressed:border-accent aria-pressed:bg-accent-soft aria-pressed:text-accent ${KINDS[kind]}`}
    >
      {children}
    </button>
  );
}

export function Link({
  to,
  children,
  className = 'font-medium text-accent underline decoration-1 underline-offset-3 hover:decoration-2',
  current,
}: {
  readonly to: string;
  readonly children: ReactNode;
  readonly className?: string;
  readonly current?: boolean;
}) {
  return (
    <a
      href={to}
      aria-current={current ? 'page' : undefined}
      className={className}
      onClick={event => {
        if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
        event.preventDefault();
        go(to);
      }}
    >
      {children}
    </a>
  );
}

export const INPUT =
  'mt-1 min-h-11 w-full rounded-xl border border-line-strong bg-raised px-3 py-2 text-base text-ink placeholder:text-faint';

export function Field({
  label,
  hint,
  children,
}: {
  readonly label: string;
  readonly hint?: ReactNode;
  readonly children: (ids: { id: string; 'aria-describedby': string | undefined }) => ReactNode;
}) {
  const [id, hintId] = [useId(), useId()];
  return (
    <div>
      <label htmlFor={id} className="font-medium text-ink text-sm">
        {label}
      </label>
      {children({ id, 'aria-describedby': hint ? hintId : undefined })}
      {hint && (
        <p id={hintId} className="mt-1 text-faint text-sm">
          {hint}
        </p>
      )}
    </div>
  );
}

export function NumberField({
  label,
  hint,
  min,
  max,
  step,
  value,
  onValue,
}: {
  readonly label: string;
  readonly hint?: ReactNode;
  readonly min: number;
  readonly max?: number;
  readonly step?: number;
  readonly value: string;
  readonly onValue: (value: string) => void;
}) {
  return (
    <Field label={label} hint={hint}>
      {ids => (
        <input
          {...ids}
          type="number"
          required
          min={min}
          max={max}
          step={step}
          value={value}
          onChange={event => onValue(event.target.value)}
          className={INPUT}
        />
      )}
    </Field>
  );
}

/** What went wrong, read out when it comes. */
export function Trouble({ error }: { readonly error: string | null }) {
  const say = useSay();
  return (
    <div role="alert">
      {error && (
        <p className="my-3 rounded-xl bg-danger-soft px-4 py-2.5 font-medium text-danger text-sm">
          {say(error)}
        </p>
      )}
    </div>
  );
}

/** Nothing is here yet, and what to do about it. */
export function Empty({
  title,
  children,
  action,
}: {
  readonly title: string;
  readonly children?: ReactNode;
  readonly action?: ReactNode;
}) {
  return (
    <div className="rounded-2xl border border-line-strong border-dashed px-6 py-10 text-center">
      <p className="font-medium text-ink">{title}</p>
      {children && <div className="mx-auto mt-1 max-w-md text-soft">{children}</div>}
      {action && <div className="mt-4">{action}</div>}
    </div>
  );
}

export function Loading() {
  const say = useSay();
  return (
    <p role="status" className="py-8 text-center text-faint">
      {say('Loading…')}
    </p>
  );
}

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

export function Tabs({
  label,
  tabs,
  open,
  pathOf,
}: {
  readonly label: string;
  readonly tabs: readonly (readonly [id: string, name: string])[];
  readonly open: string;
  readonly pathOf: (id: string) => string;
}) {
  return (
    <nav aria-label={label} className="mb-5 flex gap-1 overflow-x-auto border-line border-b">
      {tabs.map(([id, name]) => (
        <Link
          key={id}
          to={pathOf(id)}
          current={id === open}
          className={`-mb-px flex min-h-11 shrink-0 items-center border-b-2 px-3 font-medium focus-visible:-outline-offset-2 ${id === open ? 'border-accent text-accent' : 'border-transparent text-soft hover:text-ink'}`}
        >
          {name}
        </Link>
      ))}
    </nav>
  );
}

export function Json({ value, label }: { readonly value: unknown; readonly label: string }) {
  return (
    <section
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
      tabIndex={0}
      aria-label={label}
      className="max-h-72 overflow-auto rounded-xl bg-sunken px-3 py-2"
    >
      <pre className="whitespace-pre-wrap text-ink text-xs wrap-anywhere">
        {typeof value === 'string' ? value : JSON.stringify(value, null, 2)}
      </pre>
    </section>
  );
}
