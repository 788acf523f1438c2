/** Conformance of the workflow engine: runs Gherkin features against it, and the example documents. */

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { objectField } from '../../lib/core/workflow/definition.ts';
import { readDocument } from '../../lib/core/workflow/document.ts';
import { drive, type Ports } from '../../lib/core/workflow/driver.ts';
import type { Json } from '../../lib/core/workflow/jq/value.ts';
import type { CloudEvent } from '../../lib/core/workflow/messages.ts';
import { TroupeError } from '../../lib/kernel/errors.ts';
import type { EvalOptions, EvalSuite } from '../eval.ts';
import { parseFeature } from './workflows/gherkin.ts';
import { runScenario } from './workflows/scenario.ts';
import { startStub } from './workflows/stub.ts';
import { overHttp, webPorts } from './workflows/web.ts';

export const about = 'the workflow engine against conformance features and example documents';

export const options: EvalSuite['options'] = {
  data: { type: 'string', about: 'folder (or file) of .feature files' },
  examples: {
    type: 'string',
    about: 'folder of workflow documents to parse, validate and, where possible, run',
  },
};

export async function run({ data, examples }: EvalOptions): Promise<Record<string, unknown>> {
  const stub = await startStub();
  const ports = webPorts(overHttp(stub.origin));
  try {
    if (typeof examples === 'string') return await runExamples(examples, ports);
    if (typeof data !== 'string')
      throw new TroupeError('validation-failed', 'name a folder: --data <folder of .feature files>');
    return await runFeatures(data, ports);
  } finally {
    await stub.close();
  }
}

async function runFeatures(path: string, ports: Ports): Promise<Record<string, unknown>> {
  const failures: string[] = [];
  let passed = 0;
  let total = 0;
  for (const file of filesIn(path, /\.feature$/)) {
    for (const scenario of parseFeature(readFileSync(file, 'utf8'))) {
      total++;
      const failure = await runScenario(scenario, ports);
      console.error(
        `${failure ? 'FAIL' : 'ok  '} ${basename(file)}: ${scenario.name}${failure ? `\n     ${failure}` : ''}`,
      );
      if (failure) failures.push(`${basename(file)}: ${scenario.name}: ${failure}`);
      else passed++;
    }
  }
  return { passed, total, failures };
}

/** Hosts that the stub answers for; a document that needs another, or a process, is not run. */
const OWN_HOSTS = /petstore\.swagger\.io|httpbin\.org/;

async function runExamples(path: string, ports: Ports): Promise<Record<string, unknown>> {
  const refused: string[] = [];
  const unexpected: string[] = [];
  const phases: Record<string, number> = {};
  const files = filesIn(path, /\.(ya?ml|json)$/);
  for (const file of files) {
    const text = readFileSync(file, 'utf8');
    const read = readDocument(text);
    if (!read.ok) {
      refused.push(
        `${basename(file)}: ${read.errors.map(error => `${error.line}: ${error.message}`).join('; ')}`,
      );
      continue;
    }
    if (needsForeignSystem(text)) continue;
    const started = objectField(read.definition, 'schedule', 'on') !== undefined;
    const input: Json = started ? (EVENTS.slice(0, 1) as unknown as Json) : INPUT;
    const outcome = await drive(read.definition, ports, {
      input,
      events: EVENTS,
      nonce: 'a-nonce-of-the-evaluation',
    });
    phases[outcome.phase] = (phases[outcome.phase] ?? 0) + 1;
    const raises = /\braise:/.test(text);
    console.error(`${outcome.phase.padEnd(10)} ${basename(file)}`);
    if (outcome.phase !== 'completed' && !raises && !text.includes('${ false }'))
      unexpected.push(`${basename(file)}: ${outcome.phase} ${JSON.stringify(outcome.error ?? {})}`);
  }
  const ran = Object.values(phases).reduce((sum, count) => sum + count, 0);
  return { documents: files.length, valid: files.length - refused.length, ran, phases, refused, unexpected };
}

function needsForeignSystem(text: string): boolean {
  if (/asyncapi|grpc|mcp|container:|script:|shell:|\bworkflow:\s*$/m.test(text)) return true;
  const hosts = [...text.matchAll(/(?:endpoint|uri|call):\s*(?:\$\{\s*)?"?(https?:\/\/[^\s"'{]+)/g)].map(
    match => match[1]!,
  );
  return hosts.some(host => !OWN_HOSTS.test(host));
}

const INPUT = { petId: 1, token: 'token', searchQuery: 'x', orderType: 'electronic', pets: [{ id: 1 }] };

/** What the listening examples wait for. */
const EVENTS: readonly CloudEvent[] = (
  [
    { type: 'com.fake-hospital.vitals.measurements.temperature', data: { temperature: 39 } },
    { type: 'com.fake-hospital.vitals.measurements.bpm', data: { bpm: 120 } },
    { type: 'com.fake.petclinic.pets.checkup.completed.v2', data: { pets: [] } },
    { type: 'com.fake-hospital.patient.checked-out', data: {} },
    { type: 'any', data: {} },
  ] as { type: string; data: Json }[]
).map((event, i) => ({ ...event, id: `event-${i}`, source: 'https://example.com', specversion: '1.0' }));

function filesIn(path: string, wanted: RegExp): string[] {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path, { recursive: true, encoding: 'utf8' })
    .filter(file => wanted.test(file))
    .sort()
    .map(file => join(path, file));
}
