/** Elements without HTML from outside: text stays text. */
import { type Block, type Inline, parseMarkdown } from '../text/markdown.ts';

type Attributes = Readonly<Record<string, string | boolean>>;

export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes))
    if (value !== false) made.setAttribute(name, value === true ? '' : value);
  made.append(...children);
  return made;
}

const SVG = 'http://www.w3.org/2000/svg';

export function icon(path: string): SVGElement {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  const line = document.createElementNS(SVG, 'path');
  line.setAttribute('d', path);
  svg.append(line);
  return svg;
}

/** An answer's text; `[n]` calls `cite` when there are so many sources. */
export function richText(
  text: string,
  sources: number,
  cite: (number: number, label: string) => Node,
): Node[] {
  const inline = (parts: readonly Inline[]) => parts.map(part => inlineNode(part, sources, cite));
  return parseMarkdown(text).map(block => blockNode(block, inline));
}

function blockNode(block: Block, inline: (parts: readonly Inline[]) => (Node | string)[]): Node {
  switch (block.type) {
    case 'paragraph':
      return element(
        'p',
        {},
        ...block.lines.flatMap((line, index) =>
          index > 0 ? [element('br'), ...inline(line)] : inline(line),
        ),
      );
    case 'heading':
      return element('p', {}, element('strong', {}, ...inline(block.content)));
    case 'list':
      return element(
        block.ordered ? 'ol' : 'ul',
        {},
        ...block.items.map(item => element('li', {}, ...inline(item))),
      );
    case 'code':
      return element('pre', {}, block.text);
  }
}

function inlineNode(
  part: Inline,
  sources: number,
  cite: (number: number, label: string) => Node,
): Node | string {
  switch (part.type) {
    case 'text':
      return part.text;
    case 'bold':
      return element('strong', {}, part.text);
    case 'code':
      return element('code', {}, part.text);
    case 'link':
      return element(
        'a',
        { href: part.href, target: '_blank', rel: 'noopener noreferrer nofollow' },
        part.text,
      );
    case 'cite':
      return part.number >= 1 && part.number <= sources
        ? cite(part.number, String(part.number))
        : `[${part.number}]`;
  }
}
