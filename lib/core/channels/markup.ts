/**
 * The Markdown that models write, in the dialect of a channel. What a channel cannot show becomes plain words.
 * Sources: WhatsApp, "How to format your messages"; Telegram Bot API, "HTML style". The result is never longer, as
 * the platform counts it, than the Markdown: a text that was split before still fits.
 */
import type { Markup } from './limits.ts';

interface Dialect {
  readonly escape: (text: string) => string;
  readonly bold: (text: string) => string;
  readonly italic: (text: string) => string;
  readonly strike: (text: string) => string;
  readonly code: (text: string) => string;
  readonly block: (text: string) => string;
  readonly link: (title: string, url: string) => string;
}

const same = (text: string) => text;
const plainLink = (title: string, url: string) => (title === '' || title === url ? url : `${title} (${url})`);
const html = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

const DIALECTS: Readonly<Record<Exclude<Markup, 'markdown'>, Dialect>> = {
  plain: { escape: same, bold: same, italic: same, strike: same, code: same, block: same, link: plainLink },
  whatsapp: {
    escape: same,
    bold: text => `*${text}*`,
    italic: text => `_${text}_`,
    strike: text => `~${text}~`,
    code: text => `\`${text}\``,
    block: text => `\`\`\`${text}\`\`\``,
    link: plainLink,
  },
  telegramHtml: {
    escape: html,
    bold: text => `<b>${text}</b>`,
    italic: text => `<i>${text}</i>`,
    strike: text => `<s>${text}</s>`,
    code: text => `<code>${text}</code>`,
    block: text => `<pre>${text}</pre>`,
    link: (title, url) => `<a href="${url.replaceAll('"', '%22')}">${title === '' ? url : title}</a>`,
  },
};

/** One pass: code first (nothing inside it is markup), then links, then emphasis. All repetitions are bounded. */
const INLINE =
  /```[^\n`]{0,40}\n([\s\S]{0,20000}?)\n?```|`([^`\n]{1,300})`|!?\[([^\]\n]{0,300})\]\((https?:\/\/[^)\s]{1,2000})\)|\*\*([^*\n]{1,300})\*\*|~~([^~\n]{1,300})~~|(?<![\w*])\*([^*\s][^*\n]{0,300}?)\*(?![\w*])/g;

export function renderMarkup(markdown: string, markup: Markup): string {
  if (markup === 'markdown') return markdown;
  const dialect = DIALECTS[markup];
  const lines = markdown
    .replace(/^#{1,6} {1,3}([^\n*]{1,300})$/gm, '**$1**')
    .replace(/^( {0,8})[*+-] (?=\S)/gm, '$1• ');
  let rendered = '';
  let from = 0;
  for (const match of lines.matchAll(INLINE)) {
    const [all, block, code, title, url, bold, strike, italic] = match;
    rendered += dialect.escape(lines.slice(from, match.index));
    const words = dialect.escape(block ?? code ?? title ?? bold ?? strike ?? italic ?? '');
    if (block !== undefined) rendered += dialect.block(words);
    else if (code !== undefined) rendered += dialect.code(words);
    else if (url !== undefined) rendered += dialect.link(words, dialect.escape(url));
    else if (bold !== undefined) rendered += dialect.bold(words);
    else if (strike !== undefined) rendered += dialect.strike(words);
    else rendered += dialect.italic(words);
    from = match.index + all.length;
  }
  return rendered + dialect.escape(lines.slice(from));
}
