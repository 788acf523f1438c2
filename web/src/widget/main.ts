/**
 * The chat on a page of anyone, by one tag: `<script src="https://…/widget.js" data-key="…" defer></script>`.
 * It lives in a shadow root with a style sheet of its own, so that the page's styles and its content policy stay as
 * they are.
 */
import { ChatApi } from '../chat/api.ts';
import { languageOf } from '../i18n/messages.ts';
import { ChatMachine } from './machine.ts';
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
  const api = new ChatApi((path, init) => fetch(`${options.base}${String(path)}`, init), options.session);
  const host = document.createElement('troupe-chat');
  const view = new WidgetView(host, options, {
    opened: () => machine.open(),
    send: text => machine.send(text),
    retry: () => machine.retry(),
    stop: () => machine.stop(),
    beginAnew: () => machine.beginAnew(),
  });
  const machine = new ChatMachine(api, options.language, look => view.show(look));
  document.body.append(host);
}
