/**
 * `./start.sh` after everything is installed: starts one node with every unit, seeds the demo tenant, keeps its API
 * key in the data folder, and prints what a newcomer needs.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../lib/kernel/clock.ts';
import { processConfig } from '../lib/kernel/config.ts';
import { TroupeError } from '../lib/kernel/errors.ts';
import { startNode } from '../moleculer.config.ts';
import { serveControlSocket } from './control-socket.ts';
import { DEMO_OWNER, seedDemo } from './seed-demo.ts';

const STOP_LIMIT_MS = 30_000;
const say = (line: string) => process.stderr.write(`${line}\n`);

async function main(): Promise<void> {
  const config = processConfig();
  mkdirSync(config.TROUPE_DATA_DIR, { recursive: true });
  const keyFile = join(config.TROUPE_DATA_DIR, 'demo-api-key');
  say(
    config.TROUPE_MODE === 'embedded'
      ? 'Opening the embedded database (the first time takes a few seconds) ...'
      : 'Joining the cluster ...',
  );
  const node = await startNode(config);
  const closeSocket = serveControlSocket(node.broker, config.TROUPE_DATA_DIR);
  stopOnSignals(async () => {
    closeSocket();
    await node.stop();
  });
  const seeded = await seedDemo(node.broker, node.database, systemClock.now(), progressLine());
  const passwordFile = join(config.TROUPE_DATA_DIR, 'demo-password');
  if (seeded) {
    writeFileSync(keyFile, `${seeded.apiKey}\n`, { mode: 0o600 });
    writeFileSync(passwordFile, `${seeded.password}\n`, { mode: 0o600 });
  }
  const apiKey = existsSync(keyFile) ? readFileSync(keyFile, 'utf8').trim() : '';
  const url = node.url ?? '';
  say(`
Troupe is running.

  chat page      ${url}/
  portal         ${url}/inbox  (${DEMO_OWNER}; the password is in ${passwordFile})
  API            ${url}/docs
  demo tenant    Kettlemoor, a small shop; its API key is in ${keyFile}

Ask it something:

  curl -s ${url}/api/v1/chat/messages -H 'Authorization: Bearer ${apiKey}' \\
    -H 'Content-Type: application/json' -d '{"message":"How many days do I have to return something?"}'

The same as a stream of events: add -N -H 'Accept: text/event-stream'. Ctrl-C stops; data stays in ${config.TROUPE_DATA_DIR}.
${config.TROUPE_MODEL_BASE_URL === '' ? 'No language model is configured: answers are quoted from the help articles. Set TROUPE_MODEL_BASE_URL for one.\n' : ''}`);
  console.log(`READY ${url} ${apiKey}`);
}

function progressLine(): (line: string) => void {
  const live = process.stderr.isTTY;
  let last = '';
  return line => {
    if (live) process.stderr.write(`\r\x1b[K${line}`);
    else if (line.replace(/\d+/g, '') !== last.replace(/\d+/g, '')) say(`${line} ...`);
    last = line;
  };
}

function stopOnSignals(stop: () => Promise<void>): void {
  let stopping = false;
  const end = () => {
    if (stopping) return;
    stopping = true;
    say('\nStopping: conversations under way finish first ...');
    setTimeout(() => process.exit(1), STOP_LIMIT_MS).unref();
    stop().then(
      () => {
        say('Stopped.');
        process.exit(0);
      },
      error => {
        console.error(error);
        process.exit(1);
      },
    );
  };
  process.on('SIGINT', end);
  process.on('SIGTERM', end);
}

try {
  await main();
} catch (error) {
  say(
    error instanceof TroupeError
      ? `Troupe cannot start: ${error.message}`
      : String(error instanceof Error ? (error.stack ?? error.message) : error),
  );
  process.exit(1);
}
