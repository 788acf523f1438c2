/** Who works in this tab. In the tab's own storage: a key that may operate is not left behind on a shared computer. */
import { parseJson } from '../chat/wire.ts';
import type { Signed } from './types.ts';

const SIGNED = 'troupe.inbox';

export function recallSigned(store: Pick<Storage, 'getItem'>): Signed | null {
  const kept = store.getItem(SIGNED);
  const value = kept === null ? null : (parseJson(kept) as Partial<Signed> | null);
  return typeof value?.key === 'string' && typeof value.by === 'string'
    ? { key: value.key, by: value.by }
    : null;
}

export function rememberSigned(store: Pick<Storage, 'setItem'>, { key, by }: Signed): void {
  store.setItem(SIGNED, JSON.stringify({ key, by }));
}

export function forget(store: Pick<Storage, 'removeItem'>): void {
  store.removeItem(SIGNED);
}
