/**
 * The chat on a page of anyone, by one tag: `<script src="https://…/widget.js" data-key="wpk_…" defer></script>`.
 * It lives in a shadow root with a style sheet of its own, so that the page's styles and its content policy stay as
 * they are.
 */
import { aloneInBrowser, ChatApi } from '../chat/api.ts';
import { fetchWithProgress } from '../chat/upload.ts';
import { languageOf } from '../i18n/messages.ts';
import { ChatMachine, widgetStore } from './machine.ts';
import { type Options, optionsOf } from './options.ts';
import { WidgetView } from './view.ts';

const script = document.currentScript;
if (script instanceof HTMLScriptElement) {
  const options = optionsOf(
    script.dataset,
    script.src,
    languageOf([document.documentElement.lang, ...navigator.languages]),
  );
  const start = () => begin(options);
  if (document.body) start();
  else document.addEventListener('DOMContentLoaded', start, { once: true });
}

function begin(options: Options): void {
  const { base, publicKey, tokenUrl, language } = options;
  const api = new ChatApi((path, init) => fetch(`${base}${String(path)}`, init), {
    base,
    store: widgetStore,
    alone: aloneInBrowser,
    uploading: fetchWithProgress,
    ...(publicKey === '' ? {} : { publicKey }),
    ...(tokenUrl === '' ? {} : { customerToken: () => tokenFrom(tokenUrl) }),
  });
  const host = document.createElement('troupe-chat');
  const view = new WidgetView(host, options, {
    opened: () => machine.open(),
    send: (text, files) => machine.send(text, files),
    attach: (file, progress, signal) => api.attach(file, progress, signal),
    rate: (entry, thumb) => machine.rate(entry, thumb),
    retry: () => machine.retry(),
    stop: () => machine.stop(),
    beginAnew: () => machine.beginAnew(),
  });
  const machine = new ChatMachine(api, { language, words: options.words }, look => view.show(look));
  document.body.append(host);
}

/** `{token}` from the page's own server, asked as the page itself would: with its cookies. */
async function tokenFrom(url: string): Promise<string> {
  const response = await fetch(url, { headers: { accept: 'application/json' }, credentials: 'same-origin' });
  if (!response.ok) throw new Error(`${url} answers ${response.status}`);
  return ((await response.json()) as { token: string }).token;
}
