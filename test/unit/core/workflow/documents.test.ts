// Guarantees: every published example is accepted, and what is wrong is refused at its line.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { readDocument } from '../../../../lib/core/workflow/document.ts';

const EXAMPLES = join(import.meta.dirname, '../../../../../shared/data/sw-dsl/examples');
const HEAD = `document:
  dsl: '1.0.3'
  namespace: test
  name: refused
  version: '1.0.0'
`;

/** The line, counted from 1 after the head of five lines, and words of the message. */
const REFUSED: [what: string, body: string, line: number, words: RegExp][] = [
  [
    'a task that leads nowhere',
    'do:\n  - a:\n      set: {x: 1}\n      then: nowhere',
    4,
    /no task named "nowhere"/,
  ],
  [
    'a switch that leads out of its list',
    'do:\n  - a:\n      switch:\n        - c:\n            then: b\n  - d:\n      do:\n        - b: {set: {x: 1}}',
    5,
    /no task named "b"/,
  ],
  ['a task of no kind', 'do:\n  - a:\n      foo: 1', 2, /no kind of task/],
  [
    'a call without an endpoint',
    'do:\n  - a:\n      call: http\n      with:\n        method: get',
    4,
    /"endpoint" is missing/,
  ],
  [
    'an endpoint that is no URI',
    'do:\n  - a:\n      call: http\n      with:\n        method: get\n        endpoint: nope',
    6,
    /./,
  ],
  ['an expression that is no jq', 'do:\n  - a:\n      set:\n        x: ${ .a + }', 4, /not jq/],
  ['a condition that is no jq', 'do:\n  - a:\n      if: .a ==\n      set: {x: 1}', 3, /not jq/],
  [
    'a function that jq lacks',
    'do:\n  - a:\n      if: .a | frobnicate\n      set: {x: 1}',
    3,
    /frobnicate\/0 is not defined/,
  ],
  ['an unknown unit of time', 'do:\n  - a:\n      wait:\n        secondz: 3', 4, /"secondz" is not known/],
  ['a duration of another form', 'do:\n  - a:\n      wait: 5s', 3, /./],
  ['tasks that are no list', 'do: {}', 1, /array/],
  ['no tasks at all', 'input: {}', -4, /"do" is missing/],
  [
    'an error that is not defined',
    'do:\n  - a:\n      raise:\n        error: nope',
    4,
    /nothing named "nope"/,
  ],
  [
    'a retry policy that is not defined',
    'do:\n  - a:\n      try:\n        - b: {set: {x: 1}}\n      catch:\n        retry: nope',
    6,
    /nothing named "nope"/,
  ],
  [
    'a timeout that is not defined',
    'do:\n  - a:\n      set: {x: 1}\n      timeout: nope',
    4,
    /nothing named "nope"/,
  ],
  [
    'an authentication that is not defined',
    'do:\n  - a:\n      call: http\n      with:\n        method: get\n        endpoint:\n          uri: https://e.com\n          authentication:\n            use: nope',
    9,
    /nothing named "nope"/,
  ],
  ['a catalog that is not defined', 'do:\n  - a:\n      call: log:1.0.0@nope', 3, /no catalog named "nope"/],
  ['two tasks in one entry', 'do:\n  - a: {set: {x: 1}}\n    b: {set: {x: 1}}', 2, /exactly one name/],
  ['two tasks of one name', 'do:\n  - a: {set: {x: 1}}\n  - a: {set: {x: 1}}', 3, /already in this list/],
  [
    'two default cases',
    'do:\n  - a:\n      switch:\n        - x: {then: end}\n        - y: {then: end}',
    5,
    /one default case/,
  ],
  ['a try without a catch', 'do:\n  - a:\n      try:\n        - b: {set: {x: 1}}', 2, /"catch" is missing/],
  [
    'a loop over nothing named',
    'do:\n  - a:\n      for:\n        each: x\n      do:\n        - b: {set: {x: 1}}',
    3,
    /"in" is missing/,
  ],
  ['a field that no task has', 'do:\n  - a:\n      set: {x: 1}\n      extra: 3', 4, /"extra" is not known/],
  ['a time that never comes', 'schedule:\n  cron: 99 * * * *\ndo:\n  - a: {set: {x: 1}}', 2, /cron/],
  [
    'a schema that is none',
    'input:\n  schema:\n    document: {type: nonsense}\ndo:\n  - a: {set: {x: 1}}',
    3,
    /JSON Schema/,
  ],
  ['a listen without a strategy', 'do:\n  - a:\n      listen:\n        to: {}', 4, /is missing/],
  [
    'a process without code',
    'do:\n  - a:\n      run:\n        script:\n          language: js',
    4,
    /is missing/,
  ],
  ['a process without a container', 'do:\n  - a:\n      run: {}', 3, /is missing/],
  ['YAML that is none', 'do:\n  - a: [', 3, /./],
  ['a key written twice', 'do:\n  - a:\n      set: {x: 1}\n      set: {x: 2}', 4, /unique/],
];

describe('reading a workflow document', () => {
  it('accepts every published example', () => {
    const files = existsSync(EXAMPLES) ? readdirSync(EXAMPLES).filter(file => file.endsWith('.yaml')) : [];
    for (const file of files) {
      const read = readDocument(readFileSync(join(EXAMPLES, file), 'utf8'));
      expect(read.ok ? [] : read.errors, file).to.deep.equal([]);
    }
  });

  for (const [what, body, line, words] of REFUSED)
    it(`refuses ${what} at its line`, () => {
      const read = readDocument(`${HEAD}${body}\n`);
      if (read.ok) throw new Error('the document was accepted');
      expect(read.errors.map(error => error.message).join('; ')).to.match(words);
      expect(read.errors.map(error => error.line)).to.include(line + 5);
    });

  it('refuses a version of the DSL that it does not know', () => {
    const read = readDocument(`${HEAD.replace('1.0.3', '2.0.0')}do:\n  - a: {set: {x: 1}}\n`);
    expect(read.ok ? null : read.errors[0]).to.deep.include({ line: 2, pointer: '/document/dsl' });
  });

  it('refuses a name that is none', () => {
    const read = readDocument(
      `${HEAD.replace('name: refused', 'name: not a name')}do:\n  - a: {set: {x: 1}}\n`,
    );
    expect(read.ok ? null : read.errors[0]).to.deep.include({ line: 4, pointer: '/document/name' });
  });

  it('reads JSON as well', () => {
    const document = { dsl: '1.0.3', namespace: 'a', name: 'b', version: '1.0.0' };
    expect(readDocument(JSON.stringify({ document, do: [{ a: { set: { x: 1 } } }] })).ok).to.equal(true);
  });
});
