/** Files that an agent's answer names: each a line of its own, `[[file:att_...]]`, with the id that a tool gave. */

/** Files that one answer may show. */
export const MOST_NAMED_FILES = 5;
const LINE = /^[ \t]*\[\[file:([\w.:@+=-]{1,200})\]\][ \t]*$/gm;

export interface NamedFiles {
  readonly text: string;
  readonly ids: readonly string[];
}

export function filesNamedIn(text: string): NamedFiles {
  if (!text.includes('[[file:')) return { text, ids: [] };
  const ids = Array.from(text.matchAll(LINE), ([, id]) => id!);
  if (ids.length === 0) return { text, ids: [] };
  const said = text
    .replace(LINE, '')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
  return { text: said, ids: [...new Set(ids)].slice(0, MOST_NAMED_FILES) };
}
