/** Writes what the documentation says from the code: `.env.example`, docs/configuration.md, docs/errors.md, docs/openapi.json. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openApiDocument } from '../lib/contracts/openapi.ts';
import { field, objectField, textField } from '../lib/core/workflow/definition.ts';
import { mermaid } from '../lib/core/workflow/diagram.ts';
import { readDocument } from '../lib/core/workflow/document.ts';
import type { JsonObject } from '../lib/core/workflow/jq/value.ts';
import { exampleEnvironment, VARIABLES } from '../lib/kernel/config.ts';
import { ERRORS } from '../lib/kernel/errors.ts';
import { clientOperations } from './client-operations.ts';

const ROOT = join(import.meta.dirname, '..');

/** Every generated file with its text, so that a test can say which is stale. */
export function generatedFiles(): ReadonlyMap<string, string> {
  const settings = Object.entries(VARIABLES).map(([name, { fallback, doc, ...rest }]) => {
    const value = Array.isArray(fallback) ? fallback.join(',') : String(fallback);
    return `| \`${name}\` | ${value === '' ? '' : `\`${value}\``} | ${doc.replaceAll('|', '\\|')}${'secret' in rest && rest.secret ? '. Secret' : ''} |`;
  });
  const errors = Object.entries(ERRORS).map(
    ([code, { status, title, retryable }]) =>
      `| \`${code}\` | ${status} | ${title} | ${retryable ? 'later' : 'after a change'} |`,
  );
  const workflows = readWorkflows();
  return new Map([
    ['.env.example', exampleEnvironment()],
    [
      'docs/configuration.md',
      `# Settings\n\nGenerated from lib/kernel/config.ts by \`make docs\`.\n\n| variable | default | meaning |\n|---|---|---|\n${settings.join('\n')}\n`,
    ],
    [
      'docs/errors.md',
      `# Error codes\n\nGenerated from lib/kernel/errors.ts by \`make docs\`. Match on the code; texts may change.\n\n| code | status | meaning | try again |\n|---|---|---|---|\n${errors.join('\n')}\n`,
    ],
    ['docs/workflows.md', workflowPage(workflows)],
    ['workflows/README.md', workflowList(workflows)],
    ['packages/client/src/operations.ts', clientOperations()],
    ['docs/openapi.json', `${JSON.stringify(openApiDocument('1.0.0'), null, 2)}\n`],
  ]);
}

function readWorkflows(): JsonObject[] {
  const folder = join(ROOT, 'workflows');
  return readdirSync(folder)
    .filter(file => file.endsWith('.yaml'))
    .sort()
    .map(file => {
      const read = readDocument(readFileSync(join(folder, file), 'utf8'));
      if (!read.ok) throw new Error(`${file}: ${JSON.stringify(read.errors)}`);
      return read.definition;
    });
}

const about = (definition: JsonObject, key: string) => textField(definition, 'document', key) ?? '';

function workflowList(workflows: readonly JsonObject[]): string {
  const lines = workflows.map(
    definition =>
      `| [${about(definition, 'name')}](${about(definition, 'name')}.yaml) | ${about(definition, 'summary')} |`,
  );
  return `# Workflows of a support business\n\nGenerated from the documents by \`make docs\`. The demo tenant has them all. Diagrams: [docs/workflows.md](../docs/workflows.md); how they run: [the guide](../docs/guides/workflows.md).\n\n| workflow | what it does |\n|---|---|\n${lines.join('\n')}\n`;
}

/** `{hours: 1}` as `1 hours`. */
function spelled(duration: unknown): string {
  return typeof duration === 'object' && duration !== null
    ? Object.entries(duration)
        .map(([unit, value]) => `${value} ${unit}`)
        .join(' ')
    : String(duration);
}

function workflowPage(workflows: readonly JsonObject[]): string {
  const parts = workflows.map(definition => {
    const steps = field(definition, 'document', 'metadata', 'budget', 'maxSteps');
    const schedule = objectField(definition, 'schedule');
    return `## ${about(definition, 'title')}\n\n\`${about(definition, 'name')}\` ${about(definition, 'version')}. ${about(definition, 'summary')} Budget: ${steps} steps, ${spelled(field(definition, 'timeout', 'after'))}.${schedule ? ` Starts by itself: \`${JSON.stringify(schedule)}\`.` : ''}\n\n\`\`\`mermaid\n${mermaid(definition)}\`\`\`\n`;
  });
  return `# Workflows of a support business\n\nGenerated from workflows/*.yaml by \`make docs\`.\n\n${parts.join('\n')}`;
}

if (process.argv[1] === import.meta.filename) {
  for (const [file, text] of generatedFiles()) {
    writeFileSync(join(ROOT, file), text);
    console.log(file);
  }
}
