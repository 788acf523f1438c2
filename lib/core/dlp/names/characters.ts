/** Classes of characters, by UTF-16 unit; what separates words comes last. */
export const OTHER = 1;
export const LETTER = 2;
export const MARK = 3;
export const DIGIT = 4;
export const SPACE = 5;
export const LINE = 6;

/** Filled as units are met. */
const classes = new Uint8Array(65_536);

export function classOf(code: number): number {
  const remembered = classes[code]!;
  return remembered === 0 ? classify(code) : remembered;
}

function classify(code: number): number {
  const char = String.fromCharCode(code);
  let found = OTHER;
  if (code === 10) found = LINE;
  else if (code <= 32 || /\s/.test(char)) found = SPACE;
  else if (/\p{L}/u.test(char)) found = LETTER;
  else if (/\p{M}/u.test(char)) found = MARK;
  else if (/\p{N}/u.test(char)) found = DIGIT;
  classes[code] = found;
  return found;
}
