/** A `fetch` that tells how much of its body has gone: only XMLHttpRequest can. For uploads, whose answers are short. */

/** An upload on which nothing has moved for so long has failed. Milliseconds. */
const QUIET_MS = 60_000;

/** `progress` hears the share that has gone, 0 to 1. Rejects as `fetch` does. */
export function fetchWithProgress(progress: (share: number) => void): typeof fetch {
  return (input, init = {}) =>
    new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      let quiet: ReturnType<typeof setTimeout>;
      const moved = () => {
        clearTimeout(quiet);
        quiet = setTimeout(() => request.abort(), QUIET_MS);
      };
      const stop = () => request.abort();
      const failed = () => reject(init.signal?.reason ?? new TypeError('The connection failed'));
      request.upload.addEventListener('progress', ({ loaded, total }) => {
        moved();
        progress(total > 0 ? loaded / total : 0);
      });
      request.addEventListener('load', () => {
        const headers = new Headers();
        for (const name of ['content-type', 'retry-after']) {
          const value = request.getResponseHeader(name);
          if (value !== null) headers.set(name, value);
        }
        const { status, statusText, responseText } = request;
        resolve(new Response(status === 204 ? null : responseText, { status, statusText, headers }));
      });
      request.addEventListener('error', failed);
      request.addEventListener('abort', failed);
      request.addEventListener('loadend', () => {
        clearTimeout(quiet);
        init.signal?.removeEventListener('abort', stop);
      });
      init.signal?.addEventListener('abort', stop);
      request.open(init.method ?? 'GET', String(input));
      for (const [name, value] of new Headers(init.headers)) request.setRequestHeader(name, value);
      moved();
      request.send(init.body as XMLHttpRequestBodyInit);
    });
}

/** A file's bytes as base64. */
export function base64Of(file: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.addEventListener('load', () => resolve(String(reader.result).replace(/^[^,]*,/, '')));
    reader.addEventListener('error', () => reject(reader.error));
    reader.readAsDataURL(file);
  });
}
