// Protects: the portal says everything in Vietnamese too, and what it fills in stands in both.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { GUIDES } from '../../../web/src/portal/channel-guides.ts';
import { VI } from '../../../web/src/portal/dictionary-vi.ts';

const WEB = join(import.meta.dirname, '../../../web/src');
const SAID = /\bsay\(\s*(?:[\w.!?()]+ \? '((?:[^'\\]|\\.)*)'\s*:\s*)?'((?:[^'\\]|\\.)*)'/g;

function said(): string[] {
  const texts = ['portal', 'inbox', 'knowledge', 'workflows'].flatMap(room =>
    readdirSync(join(WEB, room))
      .filter(file => /\.tsx?$/.test(file))
      .map(file => readFileSync(join(WEB, room, file), 'utf8')),
  );
  return texts
    .flatMap(text => Array.from(text.matchAll(SAID), ([, one, two]) => [one, two]).flat())
    .filter((word): word is string => word !== undefined);
}

describe("the portal's words", () => {
  it('have their Vietnamese', () => {
    const words = [...new Set(said())];
    expect(words.length).to.be.above(200);
    expect(words.filter(word => !(word in VI))).to.deep.equal([]);
  });

  it('have the Vietnamese of what each platform asks for', () => {
    const asked = GUIDES.flatMap(({ platform: _, handshake: __, ...guide }) =>
      Object.values(guide).flatMap(each => (typeof each === 'string' ? [each] : Object.values(each))),
    );
    expect(asked.length).to.be.above(40);
    expect(asked.filter(word => !(word in VI))).to.deep.equal([]);
  });

  it('fill in the same', () => {
    const filled = (text: string) => (text.match(/\{\w+\}/g) ?? []).toSorted().join();
    for (const [english, vietnamese] of Object.entries(VI))
      expect(filled(vietnamese), english).to.equal(filled(english));
  });
});
