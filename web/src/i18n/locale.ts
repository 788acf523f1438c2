/** How the reader writes days and numbers: as the browser says, where it speaks the language that is shown. */
export function locale(): string {
  const { lang } = document.documentElement;
  return navigator.languages.find(each => each.split('-')[0] === lang) ?? lang;
}

/** The time of today, else the day too. */
export function shortTime(at: number, now: number): string {
  const day = (ms: number) => new Date(ms).toDateString();
  return new Date(at).toLocaleString(
    locale(),
    day(at) === day(now) ? { timeStyle: 'short' } : { dateStyle: 'medium', timeStyle: 'short' },
  );
}
