import type { ToolStep } from '../chat/types.ts';
import { toolWords } from '../i18n/messages.ts';
import { useWords } from '../i18n/words-context.ts';
import { CheckIcon, CrossIcon, PersonIcon } from './icons.tsx';

/** What the assistant looked up or did, in the order in which it began. */
export function ToolSteps({ steps }: { readonly steps: readonly ToolStep[] }) {
  const words = useWords();
  if (steps.length === 0) return null;
  return (
    <ul className="mb-2.5 flex flex-wrap gap-2">
      {latestByName(steps).map(({ name, status }) => (
        <li
          key={name}
          data-testid="tool-step"
          data-status={status}
          className={`flex items-center gap-1.5 rounded-full py-1 pr-3 pl-2 font-medium text-[0.8125rem] ${COLOURS[status]}`}
        >
          <Mark status={status} />
          {toolWords(words, name, status)}
        </li>
      ))}
    </ul>
  );
}

const COLOURS: Readonly<Record<ToolStep['status'], string>> = {
  running: 'bg-sunken text-soft',
  done: 'bg-accent-soft text-accent',
  failed: 'bg-danger-soft text-danger',
  parked: 'bg-notice-soft text-notice',
};

function Mark({ status }: { readonly status: ToolStep['status'] }) {
  switch (status) {
    case 'running':
      return (
        <span
          aria-hidden="true"
          className="size-3.5 animate-spin rounded-full border-2 border-line-strong border-t-transparent"
        />
      );
    case 'done':
      return <CheckIcon className="size-4" />;
    case 'failed':
      return <CrossIcon className="size-4" />;
    case 'parked':
      return <PersonIcon className="size-4" />;
  }
}

/** A tool that was called twice is one chip, as while it ran. */
function latestByName(steps: readonly ToolStep[]): readonly ToolStep[] {
  return [...new Map(steps.map(step => [step.name, step])).values()];
}
