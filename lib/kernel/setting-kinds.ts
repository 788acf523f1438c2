/** Kinds of settings: how each is read from the text of an environment variable. */

export interface Variable<T> {
  readonly doc: string;
  readonly fallback: T;
  readonly parse: (text: string) => T;
  /** Never shown in logs or messages. */
  readonly secret?: boolean;
}

export class Unacceptable extends Error {}

export const text = (fallback: string, doc: string): Variable<string> => ({
  doc,
  fallback,
  parse: value => value,
});

export const secret = (doc: string): Variable<string> => ({
  doc,
  fallback: '',
  parse: value => value,
  secret: true,
});

export const whole = (fallback: number, min: number, max: number, doc: string): Variable<number> => ({
  doc: `${doc} (${min} to ${max})`,
  fallback,
  parse(value) {
    const number = Number(value);
    if (!Number.isInteger(number) || number < min || number > max)
      throw new Unacceptable(`must be a whole number from ${min} to ${max}`);
    return number;
  },
});

export const choice = <const C extends readonly string[]>(
  choices: C,
  fallback: C[number],
  doc: string,
): Variable<C[number]> => ({
  doc: `${doc} (${choices.join(' | ')})`,
  fallback,
  parse(value) {
    if (!choices.includes(value)) throw new Unacceptable(`must be one of ${choices.join(', ')}`);
    return value;
  },
});

export const address = (schemes: readonly string[], doc: string): Variable<string> => ({
  doc,
  fallback: '',
  secret: true,
  parse(value) {
    if (value !== '' && !schemes.some(scheme => value.startsWith(`${scheme}://`) && URL.canParse(value)))
      throw new Unacceptable(
        `must be an address that begins with ${schemes.map(s => `${s}://`).join(' or ')}`,
      );
    return value;
  },
});

export const list = (fallback: readonly string[], doc: string): Variable<readonly string[]> => ({
  doc: `${doc} (separated by commas)`,
  fallback,
  parse: value =>
    value
      .split(',')
      .map(item => item.trim())
      .filter(item => item !== ''),
});
