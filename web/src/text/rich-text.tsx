import { Fragment, type ReactNode, useMemo } from 'react';
import { type Block, type Inline, parseMarkdown } from './markdown.ts';

interface Props {
  readonly text: string;
  /** Sources that [n] may refer to; a higher number stays text. */
  readonly sources: number;
  readonly onCite?: ((number: number) => void) | undefined;
  readonly citeLabel: string;
  /** Stands behind the last word. */
  readonly tail?: ReactNode;
}

/** An answer's text as elements. Parts are told apart by their place: they never move. */
export function RichText({ text, sources, onCite, citeLabel, tail }: Props) {
  const blocks = useMemo(() => parseMarkdown(text), [text]);
  const inline = (parts: readonly Inline[]) =>
    parts.map((part, index) => (
      // biome-ignore lint/suspicious/noArrayIndexKey: a part is its place
      <Fragment key={index}>{inlineElement(part, sources, onCite, citeLabel)}</Fragment>
    ));
  return (
    <div className="space-y-2.5 wrap-anywhere">
      {blocks.map((block, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a block is its place
        <Fragment key={index}>
          {blockElement(block, inline, index === blocks.length - 1 ? tail : null)}
        </Fragment>
      ))}
      {blocks.length === 0 && tail}
    </div>
  );
}

function blockElement(
  block: Block,
  inline: (parts: readonly Inline[]) => ReactNode,
  tail: ReactNode,
): ReactNode {
  switch (block.type) {
    case 'paragraph':
      return (
        <p>
          {block.lines.map((line, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a line is its place
            <Fragment key={index}>
              {index > 0 && <br />}
              {inline(line)}
            </Fragment>
          ))}
          {tail}
        </p>
      );
    case 'heading':
      return (
        <p className="font-semibold">
          {inline(block.content)}
          {tail}
        </p>
      );
    case 'list': {
      const items = block.items.map((item, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: an item is its place
        <li key={index} className="pl-1">
          {inline(item)}
          {index === block.items.length - 1 && tail}
        </li>
      ));
      return block.ordered ? (
        <ol className="list-decimal space-y-1 pl-5 marker:text-faint">{items}</ol>
      ) : (
        <ul className="list-disc space-y-1 pl-5 marker:text-faint">{items}</ul>
      );
    }
    case 'code':
      return (
        <pre className="whitespace-pre-wrap rounded-lg bg-sunken px-3 py-2 font-mono text-[0.9em]">
          {block.text}
          {tail}
        </pre>
      );
  }
}

function inlineElement(
  part: Inline,
  sources: number,
  onCite: ((number: number) => void) | undefined,
  citeLabel: string,
): ReactNode {
  switch (part.type) {
    case 'text':
      return part.text;
    case 'bold':
      return <strong className="font-semibold">{part.text}</strong>;
    case 'code':
      return <code className="rounded bg-sunken px-1 py-0.5 font-mono text-[0.9em]">{part.text}</code>;
    case 'link':
      return (
        <a
          href={part.href}
          target="_blank"
          rel="noopener noreferrer nofollow"
          className="font-medium text-accent underline underline-offset-2"
        >
          {part.text}
        </a>
      );
    case 'cite':
      if (part.number < 1 || part.number > sources) return `[${part.number}]`;
      return (
        <button
          type="button"
          onClick={() => onCite?.(part.number)}
          aria-label={`${citeLabel} ${part.number}`}
          className="mx-0.5 inline-flex h-5 min-w-5 cursor-pointer items-center justify-center rounded-full bg-accent-soft px-1 align-[0.1em] font-semibold text-accent text-xs hover:bg-accent hover:text-on-accent"
        >
          {part.number}
        </button>
      );
  }
}
