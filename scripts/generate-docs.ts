/** Writes what the documentation says from the code: `.env.example`, docs/configuration.md, docs/errors.md, docs/openapi.json. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openApiDocument } from '../lib/contracts/openapi.ts';
import { exampleEnvironment, VARIABLES } from '../lib/kernel/config.ts';
import { ERRORS } from '../lib/kernel/errors.ts';

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
    ['docs/openapi.json', `${JSON.stringify(openApiDocument('1.0.0'), null, 2)}\n`],
  ]);
}

if (process.argv[1] === import.meta.filename) {
  for (const [file, text] of generatedFiles()) {
    writeFileSync(join(ROOT, file), text);
    console.log(file);
  }
}
