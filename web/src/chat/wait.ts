/** Waits that end early: when the page gives up, or when the network is back. */

/** Resolves after that time, when `signal` aborts, or when the browser says that it is online again. */
export function waitOrOnline(ms: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  const wake = () => resolve();
  signal.addEventListener('abort', wake);
  window.addEventListener('online', wake);
  return promise.finally(() => {
    clearTimeout(timer);
    signal.removeEventListener('abort', wake);
    window.removeEventListener('online', wake);
  });
}
