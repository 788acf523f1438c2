/** Where somebody is: a part of the portal, and what of it, by the address, so that it can be linked to and Back works. */
import { useSyncExternalStore } from 'react';

export interface Place {
  /** `inbox`, `knowledge`, ... */
  readonly part: string;
  readonly query: URLSearchParams;
}

const CHANGED = 'troupe:moved';
let seen = '';
let place: Place = { part: '', query: new URLSearchParams() };

function read(): Place {
  const now = location.pathname + location.search;
  if (now !== seen) {
    seen = now;
    place = { part: location.pathname.split('/')[1] ?? '', query: new URLSearchParams(location.search) };
  }
  return place;
}

function listen(changed: () => void): () => void {
  window.addEventListener('popstate', changed);
  window.addEventListener(CHANGED, changed);
  return () => {
    window.removeEventListener('popstate', changed);
    window.removeEventListener(CHANGED, changed);
  };
}

export function usePlace(): Place {
  return useSyncExternalStore(listen, read);
}

export function go(to: string, { replace = false } = {}): void {
  history[replace ? 'replaceState' : 'pushState'](null, '', to);
  window.dispatchEvent(new Event(CHANGED));
}

export function pathOf(part: string, query: Readonly<Record<string, string | undefined>> = {}): string {
  const given = Object.entries(query).filter((entry): entry is [string, string] => Boolean(entry[1]));
  return `/${part}${given.length > 0 ? `?${new URLSearchParams(given)}` : ''}`;
}
