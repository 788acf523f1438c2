/** What the pictures of the benchmarks share: a frame that can be read on light and dark pages, and escaped text. */

/** Colours that stand apart on both backgrounds, and for most colour-blind readers (Okabe & Ito 2008). */
export const COLOURS = [
  '#0072b2',
  '#e69f00',
  '#009e73',
  '#d55e00',
  '#56b4e9',
  '#cc79a7',
  '#8c8c00',
  '#7b6fd0',
  '#5a9e8f',
  '#b07d48',
  '#808080',
  '#c0392b',
  '#4f6d7a',
  '#a0a0a0',
] as const;

const STYLE = `
    :root { --back: #ffffff; --ink: #1f2328; --faint: #d0d7de; }
    @media (prefers-color-scheme: dark) { :root { --back: #0d1117; --ink: #e6edf3; --faint: #3d444d; } }
    text { font: 12px system-ui, sans-serif; fill: var(--ink); }
    .title { font-size: 14px; font-weight: 600; }
    .grid { stroke: var(--faint); stroke-width: 1; }`;

export function svg(width: number, height: number, title: string, body: readonly string[]): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
    `  <title>${escapeXml(title)}</title>`,
    `  <style>${STYLE}\n  </style>`,
    `  <rect width="${width}" height="${height}" fill="var(--back)"/>`,
    ...body.map(line => `  ${line}`),
    '</svg>',
    '',
  ].join('\n');
}

export function escapeXml(text: string): string {
  return text.replace(/[&<>"]/g, sign => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[sign]!);
}

export interface TextOptions {
  readonly anchor?: 'start' | 'middle' | 'end';
  readonly kind?: 'title';
  readonly turned?: boolean;
}

export function text(
  x: number,
  y: number,
  words: string,
  { anchor = 'start', kind, turned }: TextOptions = {},
): string {
  const extra = `${kind ? ` class="${kind}"` : ''}${turned ? ` transform="rotate(-90 ${x} ${y})"` : ''}`;
  return `<text x="${x}" y="${y}" text-anchor="${anchor}"${extra}>${escapeXml(words)}</text>`;
}
