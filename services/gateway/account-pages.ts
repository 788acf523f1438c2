/** The two pages that links of mails lead to, and the keys that tokens are checked by. Secrets stand after the `#`. */
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { ServiceBroker } from 'moleculer';
import { publicKeys } from '../../lib/contracts/identity.contracts.ts';
import { call } from '../../lib/moleculer/action.ts';
import { sendPage } from './plain-page.ts';

export function addAccountPages(server: FastifyInstance, broker: ServiceBroker): void {
  const page = (reply: FastifyReply, title: string, form: string) =>
    sendPage(
      reply,
      title,
      `<form id="form">${form}</form><p id="said" role="status"></p><script src="/account/page.js"></script>`,
    );

  server.get('/account/confirm', async (_request, reply) =>
    page(reply, 'Confirm your address', '<button>Confirm and make my tenant</button>'),
  );
  server.get('/account/password', async (_request, reply) =>
    page(
      reply,
      'Set your password',
      '<label>New password <input type="password" name="password" autocomplete="new-password" minlength="10" maxlength="200" required></label> <button>Set it</button>',
    ),
  );
  server.get('/account/page.js', async (_request, reply) => reply.type('text/javascript').send(SCRIPT));
  server.get('/.well-known/jwks.json', async (_request, reply) =>
    reply.header('cache-control', 'public, max-age=60').send(await call(broker, publicKeys, {})),
  );
}

/** A click, not the mere visit, spends the link: programs that look into mails visit links. */
const SCRIPT = `const form = document.getElementById('form'), said = document.getElementById('said');
const token = location.hash.slice(1);
history.replaceState(null, '', location.pathname);
form.addEventListener('submit', async event => {
  event.preventDefault();
  const password = form.elements.password?.value;
  const path = password === undefined ? '/api/v1/tenants/confirm' : '/api/v1/auth/password';
  const answer = await fetch(path, { method: 'POST', headers: { 'content-type': 'application/json' },
    body: JSON.stringify(password === undefined ? { token } : { token, password }) });
  const body = await answer.json();
  if (!answer.ok) { said.textContent = body.detail; return; }
  form.remove();
  said.textContent = body.apiKey ? 'Your tenant is ready. Its API key, shown only now: ' : 'Your password is set. You can sign in now.';
  if (body.apiKey) { const code = document.createElement('code'); code.textContent = body.apiKey; said.append(code); }
});
`;
