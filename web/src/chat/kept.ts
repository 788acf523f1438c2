/** What only this page knows of answers, by their ids: what they cost, what the customer thought of them. */

/** Answers of which it is kept. */
const LIMIT = 50;

export function kept<T>(all: Readonly<Record<string, T>>, id: string, value: T): Readonly<Record<string, T>> {
  const others = Object.entries(all).filter(([known]) => known !== id);
  return Object.fromEntries([...others, [id, value] as const].slice(-LIMIT));
}
