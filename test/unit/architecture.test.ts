// Protects: the house stays as CONTRIBUTING.md says: imports go one way, files are read at a sitting, nothing lies about unused.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect } from 'chai';
import { generatedFiles } from '../../scripts/generate-docs.ts';

const ROOT = join(import.meta.dirname, '../..');
/** Files of the repository, and those about to be: what Git ignores is not ours. */
const FILES = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { cwd: ROOT })
  .toString()
  .split('\n')
  .filter(file => file !== '' && existsSync(join(ROOT, file)));
const CODE = FILES.filter(file => /\.tsx?$/.test(file));
const texts = new Map(CODE.map(file => [file, readFileSync(join(ROOT, file), 'utf8')]));
const THIS = 'test/unit/architecture.test.ts';
const textOf = (file: string) => texts.get(file)!;

/** Without comments, so that words about code are not taken for code. */
const codeOf = (file: string) =>
  textOf(file)
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/^\s*\/\/.*$/gm, '');

interface Import {
  readonly name: string;
  /** The file in the repository, when it is one. */
  readonly file: string | undefined;
}

const IMPORT = /(?:\bfrom\s+|\bimport\s+|\bimport\(\s*|new URL\(\s*)['"]([^'"]+)['"]/g;

function importsOf(file: string): Import[] {
  return Array.from(textOf(file).matchAll(IMPORT), ([, name]) => ({
    name: name!,
    file: name!.startsWith('.') ? normalize(join(dirname(file), name!)) : undefined,
  }));
}

/** From the inside out: a room knows those before it, never those after it. */
const ROOMS: readonly (readonly string[])[] = [
  ['lib/kernel/'],
  ['lib/contracts/'],
  ['lib/core/'],
  ['lib/io/'],
  ['lib/moleculer/'],
  ['mixins/', 'actors/'],
  ['services/'],
  ['units.config.ts', 'moleculer.config.ts'],
  ['scripts/', 'bench/', 'test/'],
];
const rankOf = (file: string) => ROOMS.findIndex(rooms => rooms.some(room => file.startsWith(room)));
const OURS = CODE.filter(file => rankOf(file) >= 0 && rankOf(file) < 8);

/** `services/gateway/problem.ts` and `services/model.service.ts` belong to `gateway` and `model`. */
const serviceOf = (file: string) => /^services\/([\w-]+)/.exec(file)?.[1];

describe('imports', () => {
  it('go one way: from the outer rooms to the inner ones', () => {
    const wrong = OURS.flatMap(file =>
      importsOf(file)
        .filter(({ file: to }) => to !== undefined && rankOf(to) > rankOf(file))
        .map(({ file: to }) => `${file} imports ${to}`),
    );
    expect(wrong).to.deep.equal([]);
  });

  it('of one service by another do not exist: services call each other by contract', () => {
    const wrong = OURS.flatMap(file =>
      importsOf(file)
        .filter(({ file: to }) => serviceOf(file) && to && serviceOf(to) && serviceOf(to) !== serviceOf(file))
        .map(({ file: to }) => `${file} imports ${to}`),
    );
    expect(wrong).to.deep.equal([]);
  });

  it('of contracts are safe for the browser', () => {
    const allowed = /^(\.\/[\w.-]+\.ts|\.\.\/kernel\/(errors|ids)\.ts)$/;
    const wrong = OURS.filter(file => file.startsWith('lib/contracts/')).flatMap(file =>
      importsOf(file)
        .filter(({ name }) => !allowed.test(name))
        .map(({ name }) => `${file} imports ${name}`),
    );
    expect(wrong).to.deep.equal([]);
  });

  it('of pure decisions reach no file system, network or process', () => {
    const onlyIsIp = /^import \{ (isIP\w*(, )?)+ \} from 'node:net';$/m; // a question about a text
    const impure =
      /^(node:(fs|net|http|https|child_process|worker_threads|os|process|timers)|pg|nats|ioredis)/;
    const wrong = OURS.filter(file => file.startsWith('lib/core/')).flatMap(file =>
      importsOf(file)
        .filter(({ name }) => impure.test(name) && !(name === 'node:net' && onlyIsIp.test(textOf(file))))
        .map(({ name }) => `${file} imports ${name}`),
    );
    expect(wrong).to.deep.equal([]);
  });

  it('of the web app take nothing from the platform but contracts', () => {
    const wrong = CODE.filter(file => file.startsWith('web/src/')).flatMap(file =>
      importsOf(file)
        .filter(({ file: to }) => to && !to.startsWith('web/') && !to.startsWith('lib/contracts/'))
        .map(({ file: to }) => `${file} imports ${to}`),
    );
    expect(wrong).to.deep.equal([]);
  });

  it('lead to files that exist, by their whole names', () => {
    const wrong = OURS.flatMap(file =>
      importsOf(file)
        .filter(({ file: to }) => to !== undefined && !existsSync(join(ROOT, to)))
        .map(({ name }) => `${file} imports ${name}`),
    );
    expect(wrong).to.deep.equal([]);
  });

  it('reach every file of the platform from a program', () => {
    const reached = new Set<string>();
    const queue = CODE.filter(file => file === 'moleculer.config.ts' || /^(scripts|bench)\//.test(file));
    for (let file = queue.pop(); file !== undefined; file = queue.pop()) {
      if (reached.has(file)) continue;
      reached.add(file);
      for (const { file: to } of importsOf(file)) if (to && texts.has(to)) queue.push(to);
    }
    const unused = OURS.filter(file => !reached.has(file));
    expect(
      unused.filter(file => !AWAITING.some(room => file.startsWith(room))),
      'used by tests alone, or by nothing',
    ).to.deep.equal([]);
    const settled = AWAITING.filter(room => !unused.some(file => file.startsWith(room)));
    expect(settled, 'no longer awaiting anything: take it off the list').to.deep.equal([]);
  });
});

/** Decisions that stand tested before the shell that will use them. Each leaves this list with its service. */
const AWAITING: readonly string[] = [];

/** Lines that a file may have. */
const limitOf = (file: string) => (file.startsWith('services/') ? 200 : 300);

/** Files that are longer for now, with a bound of their own: they may shrink, not grow. */
const LONGER: Readonly<Record<string, number>> = {
  'services/conversation/conversation.service.ts': 245,
  'test/unit/core/shop/decide.test.ts': 320,
};

describe('files', () => {
  it('are read at a sitting', () => {
    const long = CODE.filter(file => file !== 'packages/client/src/operations.ts') // generated
      .filter(file => !/(^|\/)(data|dictionar\w+|lexicon|weights)[\w-]*\.ts$/.test(file))
      .map(file => ({ file, lines: textOf(file).split('\n').length - 1 }))
      .filter(({ file, lines }) => lines > (LONGER[file] ?? limitOf(file)))
      .map(({ file, lines }) => `${file} has ${lines} lines`);
    expect(long).to.deep.equal([]);
  });

  it('that may be longer are longer, else they leave the list', () => {
    const short = Object.keys(LONGER).filter(
      file => !texts.has(file) || textOf(file).split('\n').length - 1 <= limitOf(file),
    );
    expect(short).to.deep.equal([]);
  });

  it('begin by saying what they are for', () => {
    const silent = [...OURS, ...CODE.filter(file => file.endsWith('.test.ts'))].filter(
      file => !/^(#!.*\n)?(\/\*\*|\/\/ )/.test(textOf(file)),
    );
    expect(silent).to.deep.equal([]);
  });

  it('are named in small letters with hyphens', () => {
    const odd = CODE.filter(file => !/^([\w.-]+\/)*[a-z0-9]+([.-][a-z0-9]+)*\.tsx?$/.test(file));
    expect(odd.filter(file => !file.startsWith('web/'))).to.deep.equal([]);
  });
});

function offences(files: readonly string[], pattern: RegExp): string[] {
  return files.flatMap(file =>
    Array.from(codeOf(file).matchAll(pattern), ([found]) => `${file}: ${found.trim()}`),
  );
}

describe('code', () => {
  it('reads the environment, the clock and randomness in lib/kernel only', () => {
    const outside = OURS.filter(file => !file.startsWith('lib/kernel/'));
    expect(
      offences(outside, /\bprocess\.env\b|\bDate\.now\(|\bnew Date\(\)|\bMath\.random\(/g),
    ).to.deep.equal([]);
  });

  it('waits for nothing and reads no clock in decisions', () => {
    const core = OURS.filter(file => file.startsWith('lib/core/') || /^actors\/conversation\//.test(file));
    expect(
      offences(core, /\b(setTimeout|setInterval|setImmediate|queueMicrotask|performance\.now)\(/g),
    ).to.deep.equal([]);
  });

  it('leaves nothing to be done in a comment', () => {
    const words = /\b(TODO|FIXME|XXX|HACK)\b/;
    expect(CODE.filter(file => file !== THIS && words.test(textOf(file)))).to.deep.equal([]);
  });

  it('says why, where it must use `any`', () => {
    const bare = [...OURS, ...CODE.filter(file => /^(scripts|test|bench)\//.test(file))].flatMap(file =>
      textOf(file)
        .split('\n')
        .flatMap((line, at, lines) =>
          /(:|<|,|\bas)\s*any\b[\s>,;)[\]]/.test(line.replace(/(\/\/|\*|'|`|def ).*$/, '')) &&
          !/biome-ignore .*noExplicitAny: \w+/.test(lines[at - 1] ?? '')
            ? [`${file}:${at + 1}`]
            : [],
        ),
    );
    expect(bare).to.deep.equal([]);
  });

  it('of tests skips nothing and singles nothing out', () => {
    const tests = CODE.filter(file => file.startsWith('test/') && file !== THIS);
    expect(
      offences(tests, /\b(it|describe|context|test)\.(only|skip)\b|\bthis\.skip\(|\bxit\(/g),
    ).to.deep.equal([]);
  });
});

describe('generated pages', () => {
  for (const [file, text] of generatedFiles())
    it(`${file} is what \`make docs\` would write`, () => {
      expect(readFileSync(join(ROOT, file), 'utf8')).to.equal(text);
    });
});
