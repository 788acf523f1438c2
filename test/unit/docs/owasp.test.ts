// Protects: what docs/security/owasp-api.md promises: each of the ten risks has tests, and they exist.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';

const ROOT = join(import.meta.dirname, '../../..');
const page = readFileSync(join(ROOT, 'docs/security/owasp-api.md'), 'utf8');

describe('the page on the OWASP API Security Top 10', () => {
  const risks = page.split(/^## /m).slice(1);

  it('has all ten', () => {
    expect(risks.map(text => text.split(':')[0])).to.deep.equal(
      Array.from({ length: 10 }, (_, at) => `API${at + 1}`),
    );
  });

  for (const risk of risks)
    it(`names tests that exist: ${risk.split('\n')[0]}`, () => {
      const named = Array.from(risk.matchAll(/^- (test\/[\w./-]+): "(.+)"$/gm));
      expect(named).to.not.deep.equal([]);
      for (const [, file, title] of named)
        expect(
          readFileSync(join(ROOT, file!), 'utf8').replaceAll("\\'", "'"),
          `${file}: ${title}`,
        ).to.include(title);
    });
});
