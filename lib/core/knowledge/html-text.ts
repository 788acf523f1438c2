/**
 * The words of an HTML page as markdown: headings, paragraphs, lists and tables; nothing that a reader of the page
 * would not see. What is hidden is counted, not kept.
 */
import { Parser } from 'htmlparser2';

export interface HtmlText {
  readonly title: string;
  readonly text: string;
  /** Characters of text that the page hides from its readers. */
  readonly hidden: number;
}

const SILENT = new Set(['script', 'style', 'noscript', 'template', 'svg', 'iframe', 'object', 'head']);
const BLOCK = new Set(
  'p div section article header footer main aside nav ul ol table blockquote pre figure dl dt dd form'.split(
    ' ',
  ),
);
const VOID = new Set('area base br col embed hr img input link meta source track wbr'.split(' '));
const HEADING = /^h([1-6])$/;
const HIDING =
  /display\s*:\s*none|visibility\s*:\s*hidden|opacity\s*:\s*0(?:\.0+)?\s*(?:;|$)|font-size\s*:\s*0(?:\.\d+)?(?:px|pt|em|rem|%)?\s*(?:;|$)|(?:left|top|text-indent)\s*:\s*-\d{3,}|(?<!-)color\s*:\s*(?:transparent|white|#fff(?:fff)?)\s*(?:;|$)/i;

function hides({ style = '', hidden, 'aria-hidden': aria }: Record<string, string>): boolean {
  return hidden !== undefined || aria === 'true' || HIDING.test(style);
}

export function htmlText(html: string): HtmlText {
  const open: { name: string; quiet: 'silent' | 'hidden' | undefined }[] = [];
  const out: string[] = [];
  let title = '';
  let hidden = 0;
  let cells: string[] | undefined;
  let rows = 0;
  const quiet = () => open.at(-1)?.quiet;
  const write = (text: string) => {
    if (cells) cells[cells.length - 1] += text;
    else out.push(text);
  };
  const parser = new Parser(
    {
      onopentag(name, attributes) {
        const inherited = quiet();
        const now = inherited ?? (SILENT.has(name) ? 'silent' : hides(attributes) ? 'hidden' : undefined);
        if (!VOID.has(name)) open.push({ name, quiet: now });
        if (now) return;
        const level = HEADING.exec(name)?.[1];
        if (level) out.push(`\n\n${'#'.repeat(Number(level))} `);
        else if (name === 'table') rows = 0;
        else if (name === 'tr') cells = [];
        else if (name === 'td' || name === 'th') cells?.push('');
        else if (name === 'li') write('\n- ');
        else if (name === 'br') write(cells ? ' ' : '\n');
        if (BLOCK.has(name)) write(cells ? ' ' : '\n\n');
      },
      ontext(text) {
        const how = quiet();
        if (open.at(-1)?.name === 'title') title += text;
        if (how === 'hidden') hidden += text.trim().length;
        if (!how && !(cells && cells.length === 0)) write(text.replace(/\s+/g, ' '));
      },
      onclosetag(name) {
        if (!VOID.has(name)) open.pop();
        if (quiet()) return;
        if (name === 'tr' && cells) {
          const row = `| ${cells.map(cell => cell.trim().replaceAll('|', '\\|')).join(' | ')} |`;
          out.push(`\n${row}`, rows++ === 0 ? `\n|${' --- |'.repeat(cells.length)}` : '');
          cells = undefined;
        } else if (BLOCK.has(name) || HEADING.test(name)) write(cells ? ' ' : '\n\n');
      },
    },
    { decodeEntities: true },
  );
  parser.end(html);
  const text = out
    .join('')
    .replace(/[ \t]+\n/g, '\n')
    .replace(/\n[ \t]+(?=\S)/g, '\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
  return { title: title.trim(), text, hidden };
}
