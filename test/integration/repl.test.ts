// Protects: the console joins a running platform and calls its actions live, as a tenant, with completion and contracts shown.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { expect } from 'chai';
import { serveControlSocket } from '../../scripts/control-socket.ts';
import { Client, until } from '../e2e/client.ts';
import { startEmbeddedNode, type TestNode } from '../suites/embedded-node.ts';

const ROOT = join(import.meta.dirname, '../..');
const PROMPT = 'troupe $';

/** The console on a terminal of its own: `script` (util-linux) makes one, without which there is no Tab. */
class Console {
  readonly #child: ChildProcess;
  #output = '';

  constructor(dataDir: string, tenant: string) {
    const node = `'${process.execPath}' --disable-proto=delete --disable-warning=ExperimentalWarning`;
    this.#child = spawn('script', ['-qfec', `${node} scripts/repl.ts --tenant '${tenant}'`, '/dev/null'], {
      cwd: ROOT,
      env: { PATH: process.env.PATH, HOME: dataDir, TERM: 'xterm', COLUMNS: '400', TROUPE_DATA_DIR: dataDir },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.#child.stdout!.setEncoding('utf8').on('data', (text: string) => {
      this.#output += text;
    });
  }

  /** Types something and gives what is shown from then on, once `shown` is among it. */
  async type(keys: string, shown: RegExp): Promise<string> {
    const before = this.#output.length;
    this.#child.stdin!.write(keys);
    return await until(
      async () => stripVTControlCharacters(this.#output.slice(before)),
      text => shown.test(text),
    );
  }

  async end(): Promise<number | null> {
    const exited = once(this.#child, 'exit');
    this.#child.stdin!.write('exit\r');
    return (await exited)[0] as number | null;
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }
}

describe('the console beside an embedded platform', function () {
  this.timeout(60_000);
  let node: TestNode;
  let closeSocket: () => void;
  let repl: Console;
  let conversationId: string;
  before(async () => {
    node = await startEmbeddedNode();
    closeSocket = serveControlSocket(node.broker, node.dataDir);
    const { apiKey } = await node.makeTenant('Acme');
    await node.makeTenant('Other');
    ({ conversationId } = await new Client(node.url, apiKey).ask('hello'));
    repl = new Console(node.dataDir, 'Acme');
    await repl.type('', /troupe \$/);
  });
  after(async () => {
    repl?.kill();
    closeSocket?.();
    await node?.stop();
  });

  it('calls an action of the platform as the tenant', async () => {
    const command = `call conversation.inspect --conversationId ${conversationId}\r`;
    const shown = await repl.type(command, /outcomes/);
    expect(shown).to.include('hello').and.include('mailbox');
  });

  it('shows where a conversation lives and what is in its journal', async () => {
    const shown = await repl.type(`conv ${conversationId}\r`, /turns; mailbox/);
    expect(shown)
      .to.include('MessageReceived')
      .and.include('TurnCompleted')
      .and.match(/on \S+; open; 1 turns/);
  });

  it('shows the contract of an action', async () => {
    const shown = await repl.type('contract conversation.inspect\r', /policy/);
    expect(shown).to.include('conversationId').and.include('not-found').and.include('"mailbox"');
  });

  it('completes the name of an action', async () => {
    const shown = await repl.type('call conversation.insp\t', /conversation\.inspect/);
    expect(shown).to.include('inspect');
    await repl.type('\u0015\r', /troupe \$/);
  });

  it('sees nothing of one tenant as another', async () => {
    await repl.type('tenant Other\r', /Calls are now made for Other/);
    const shown = await repl.type(`conv ${conversationId}\r`, /There is no conversation of that id/);
    expect(shown).to.not.include('hello');
    await repl.type('tenant Nobody\r', /There is no tenant "Nobody"/);
  });

  it('says what is wrong with a call, and stays', async () => {
    await repl.type('call conversation.inspect --wish 1\r', /conversationId \(required\)/);
    await repl.type('\r', new RegExp(PROMPT.replace('$', '\\$')));
  });

  it('ends on exit', async () => {
    expect(await repl.end()).to.equal(0);
  });
});
