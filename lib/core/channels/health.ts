/** How a connected account does, told from when what happened last. Pure; times are milliseconds since the epoch. */

export interface AccountTimes {
  /** A request of the platform that was verified, an answer that the platform took. */
  readonly receivedMs: number | null;
  readonly sentMs: number | null;
  /** A request whose signature was not that of the account. */
  readonly refusedMs: number | null;
  /** An answer that certainly or possibly did not arrive. */
  readonly failedMs: number | null;
}

/** `silent`: nothing has come yet; `unverified`: what comes is not signed by its secret; `failing`: answers do not arrive. */
export type AccountHealth = 'silent' | 'working' | 'unverified' | 'failing';

/** What came last decides: a fault that something good came after is over. */
export function accountHealth({ receivedMs, sentMs, refusedMs, failedMs }: AccountTimes): AccountHealth {
  if (refusedMs !== null && refusedMs > (receivedMs ?? 0)) return 'unverified';
  if (failedMs !== null && failedMs > (sentMs ?? 0)) return 'failing';
  return receivedMs === null && sentMs === null ? 'silent' : 'working';
}
