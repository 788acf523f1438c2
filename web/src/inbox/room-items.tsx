/** What a conversation's journal tells, line by line: messages, changes of hands, and how each answer came about. */
import { locale, shortTime } from '../i18n/locale.ts';
import { RichText } from '../text/rich-text.tsx';
import { Attachments } from './attachments.tsx';
import type { Item, Room, Step } from './types.ts';
import { fill, type InboxTable, reasonText, useInboxWords } from './words.ts';

export function Timeline({ room }: { readonly room: Room }) {
  return (
    <ol className="mx-auto max-w-3xl space-y-4">
      {room.items.map(item => {
        if (item.kind === 'said') return <Said key={item.id} item={item} />;
        return item.kind === 'note' ? (
          <Note key={item.id} item={item} />
        ) : (
          <Aside key={item.id} item={item} />
        );
      })}
      {room.answering && room.steps.length > 0 && (
        <li>
          <Steps steps={room.steps} open />
        </li>
      )}
    </ol>
  );
}

function Said({ item }: { readonly item: Extract<Item, { kind: 'said' }> }) {
  const words = useInboxWords();
  const customer = item.who === 'customer';
  const name = item.by || words[item.who];
  return (
    <li data-testid={`said-${item.who}`} className={customer ? 'pr-8 sm:pr-20' : 'pl-8 sm:pl-20'}>
      <div
        className={`w-fit max-w-full rounded-2xl border px-4 py-2.5 ${customer ? 'border-line bg-raised' : 'ml-auto border-transparent bg-accent-soft'}`}
      >
        <h3 className="mb-0.5 font-semibold text-sm text-soft">
          {name} <Time at={item.at} />
        </h3>
        {customer ? (
          <p className="whitespace-pre-wrap wrap-anywhere">{item.text}</p>
        ) : (
          <RichText text={item.text} sources={0} citeLabel="" />
        )}
        <Attachments files={item.attachments} />
        {item.choices.length > 0 && (
          <p className="mt-2 text-sm text-soft">
            {fill(words.offered, { choices: item.choices.join(' · ') })}
          </p>
        )}
        {item.partial && <p className="mt-1 text-soft text-sm italic">{words.stopped}</p>}
        {item.citations.length > 0 && (
          <ul className="mt-2 text-sm text-soft">
            {item.citations.map(({ documentId, title }, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: the number is the footnote; a document may be cited twice
              <li key={`${documentId} ${index}`} className="wrap-anywhere">
                [{index + 1}] {title}
              </li>
            ))}
          </ul>
        )}
      </div>
      {item.steps.length > 0 && <Steps steps={item.steps} />}
    </li>
  );
}

function Aside({ item }: { readonly item: Extract<Item, { kind: 'aside' }> }) {
  const words = useInboxWords();
  return (
    <li data-testid={item.aside} className="rounded-xl border border-notice/40 bg-notice-soft px-4 py-2.5">
      <h3 className="mb-0.5 font-semibold text-notice text-sm">
        {fill(words[item.aside], { who: item.by })} <Time at={item.at} />
      </h3>
      <p className="whitespace-pre-wrap text-ink wrap-anywhere">{item.text}</p>
    </li>
  );
}

function Note({ item }: { readonly item: Extract<Item, { kind: 'note' }> }) {
  const words = useInboxWords();
  const detail = item.note === 'wanted' ? reasonText(words, item.detail) : item.detail;
  return (
    <li data-testid="note" className="text-center text-soft text-sm wrap-anywhere">
      {fill(words[item.note], { who: detail, why: detail, from: detail })} <Time at={item.at} />
    </li>
  );
}

function Time({ at }: { readonly at: number }) {
  const time = new Date(at);
  return (
    <time dateTime={time.toISOString()} className="font-normal text-xs">
      {shortTime(at, Date.now())}
    </time>
  );
}

function Steps({ steps, open = false }: { readonly steps: readonly Step[]; readonly open?: boolean }) {
  const words = useInboxWords();
  return (
    <details open={open} className="mt-1 text-sm" data-testid="steps">
      <summary className="ml-auto flex min-h-8 w-fit cursor-pointer items-center rounded-lg px-2 text-soft hover:bg-sunken">
        {words.steps} ({steps.length})
      </summary>
      <ol className="mt-1 list-decimal space-y-1.5 rounded-xl border border-line bg-raised py-2.5 pr-4 pl-9">
        {steps.map((step, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a step is its place
          <li key={index} className="wrap-anywhere">
            <StepLine step={step} words={words} />
          </li>
        ))}
      </ol>
    </details>
  );
}

function StepLine({ step, words }: { readonly step: Step; readonly words: InboxTable }) {
  switch (step.kind) {
    case 'model':
      return (
        <>
          <strong className="font-medium">{fill(words.modelStep, { model: step.model })}</strong>
          {' · '}
          {fill(words.tokens, { in: step.inputTokens, out: step.outputTokens })}
          {' · '}
          {costText(words, step.costMicroUsd)}
          {Object.keys(step.hidden).length > 0 && (
            <span data-testid="hidden" className="block text-notice">
              {fill(words.hidden, {
                what: Object.entries(step.hidden)
                  .map(([kind, count]) => `${kind.toLowerCase().replaceAll('_', ' ')} × ${count}`)
                  .join(', '),
              })}
            </span>
          )}
          {step.tools.map((name, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a call is its place
            <span key={index} className="block text-soft">
              {fill(words.toolAsked, { name })}
            </span>
          ))}
        </>
      );
    case 'tool':
      return (
        <>
          <span className={step.status === 'failed' ? 'text-danger' : ''}>
            {fill({ done: words.toolDone, failed: words.toolFailed, parked: words.toolParked }[step.status], {
              name: step.name,
            })}
          </span>
          {step.content !== '' && (
            <pre className="mt-1 max-h-40 overflow-auto whitespace-pre-wrap rounded-lg bg-sunken px-2.5 py-1.5 text-xs">
              {step.content}
            </pre>
          )}
        </>
      );
    case 'handed-off':
      return fill(words.handedOff, { from: step.from, to: step.to });
    case 'cut':
      return fill(words.loopCut, { why: step.why });
  }
}

/** Millionths of a US dollar as a reader wants them. */
export function costText(words: InboxTable, microUsd: number): string {
  if (microUsd <= 0) return words.noCost;
  const amount = new Intl.NumberFormat(locale(), { maximumFractionDigits: 6 });
  return fill(words.cost, { cost: amount.format(microUsd / 1_000_000) });
}
