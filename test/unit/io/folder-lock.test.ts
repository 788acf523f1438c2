// Protects: one process per data folder, and a lock that dies with its process.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { lockFolder } from '../../../lib/io/folder-lock.ts';
import { refusal } from '../../suites/rejection.ts';

describe('the lock of a folder', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'troupe-lock-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('is held by one, refused to the next with what to do, and free again', async () => {
    const lock = await lockFolder(folder);
    const { message } = await refusal(lockFolder(folder), 'conflict');
    expect(message).to.include(folder).and.include('TROUPE_DATA_DIR');
    await lock.release();
    await (await lockFolder(folder)).release();
  });

  it('is the folder’s own, by whatever path it is reached', async () => {
    const lock = await lockFolder(folder);
    const link = `${folder}-link`;
    await symlink(folder, link);
    try {
      await refusal(lockFolder(link), 'conflict');
    } finally {
      await rm(link);
      await lock.release();
    }
  });

  it('is won by one of many that start at once', async () => {
    const results = await Promise.allSettled(Array.from({ length: 10 }, () => lockFolder(folder)));
    const won = results.flatMap(result => (result.status === 'fulfilled' ? [result.value] : []));
    expect(won).to.have.length(1);
    await won[0]!.release();
  });

  it('goes with its process, also by kill -9', async () => {
    const module = join(import.meta.dirname, '../../../lib/io/folder-lock.ts');
    const program = `
      const { lockFolder } = await import(${JSON.stringify(module)});
      await lockFolder(process.argv[1]);
      console.log('locked');
      setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ['--input-type=module', '--eval', program, folder], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    await refusal(lockFolder(folder), 'conflict');
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
    await (await lockFolder(folder)).release();
  });
});
