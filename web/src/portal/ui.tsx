/** The pieces that the portal's pages are made of. */
import { type ReactNode, useRef, useState } from 'react';
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

/** A value to take elsewhere. Pages without TLS have no clipboard: there the text is marked, to be copied by hand. */
export function Copyable({ label, value }: { readonly label: string; readonly value: string }) {
  const say = useSay();
  const text = useRef<HTMLElement>(null);
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    if (text.current) window.getSelection()?.selectAllChildren(text.current);
    await navigator.clipboard?.writeText(value).then(
      () => setCopied(true),
      () => undefined, // the browser does not let the page: the text is marked all the same
    );
  };
  return (
    <div>
      <p className="font-medium text-sm">{label}</p>
      <div className="mt-1 flex items-center gap-2 rounded-xl bg-sunken py-1 pr-1 pl-3">
        <code ref={text} className="min-w-0 flex-1 text-sm wrap-anywhere">
          {value}
        </code>
        <Button label={say('Copy {name}', { name: label })} onClick={() => void copy()}>
          {copied ? say('Copied') : say('Copy')}
        </Button>
      </div>
    </div>
  );
}
