/** The part that somebody came for before they had to sign in; in this tab alone, which goes to an issuer and comes back. */
const FROM = 'troupe.from';

/** Always a path of this origin, since it is where the tab is. */
export function rememberPlace(): void {
  sessionStorage.setItem(FROM, location.pathname + location.search);
}

export function takePlace(): string {
  const from = sessionStorage.getItem(FROM) ?? '/inbox';
  sessionStorage.removeItem(FROM);
  return from;
}
