// Guarantee: the learners learn what is there, repeatably, and say when a text is none of theirs.
import { expect } from 'chai';
import { BOOST, boostedValue, trainBoosted } from '../../../../lib/core/routing/boosted-trees.ts';
import { expectedCalibrationError } from '../../../../lib/core/routing/calibration.ts';
import { estimateDifficulty, trainDifficulty } from '../../../../lib/core/routing/difficulty-model.ts';
import {
  classifyIntent,
  INTENT,
  type LabelledText,
  trainIntent,
} from '../../../../lib/core/routing/intent-classifier.ts';
import { logOdds, sigmoid, solveSymmetric, trainLogistic } from '../../../../lib/core/routing/logistic.ts';
import { partsOf, promptFeatures } from '../../../../lib/core/routing/prompt-features.ts';
import { fitVectorizer, stemOf, vectorize, wordsOf } from '../../../../lib/core/routing/text-features.ts';
import { seededRandom } from '../../../../lib/kernel/clock.ts';

const OPENINGS = [
  'please',
  'hello',
  'can you help',
  'i want to know',
  'hey',
  'tell me',
  'so',
  'quick question',
];
const INTENTS: Record<string, string[]> = {
  track_order: [
    'where is my order',
    'has the parcel shipped',
    'when does the package arrive',
    'track my delivery',
  ],
  refund: [
    'i want my money back',
    'refund this purchase',
    'how do i return shoes',
    'get a refund for the item',
  ],
  password: ['reset my password', 'i cannot log in', 'forgot the login code', 'my account is locked out'],
};
const OUTSIDE = [
  'what is the weather',
  'sing a song',
  'who won the match',
  'capital of france',
  'boil an egg',
  'tell a joke',
];

function examples(offset: number): LabelledText[] {
  const rows = Object.entries(INTENTS).flatMap(([label, texts]) =>
    texts.flatMap((text, i) =>
      OPENINGS.filter((_, j) => (i + j) % 2 === offset).map(open => ({ text: `${open} ${text}`, label })),
    ),
  );
  const outside = OUTSIDE.flatMap((text, i) =>
    OPENINGS.filter((_, j) => (i + j) % 2 === offset).map(open => ({ text: `${open} ${text}`, label: null })),
  );
  return [...rows, ...outside];
}

const SMALL = { ...INTENT, wide: { ...INTENT.wide, hidden: 16, epochs: 10 }, scopeRecall: 0.9 };

describe('intent classifier', () => {
  const model = trainIntent(examples(0), examples(1).slice(0, 60), seededRandom(1), SMALL);

  it('tells intents apart and sends what is none of them outside', () => {
    expect(classifyIntent(model, 'hi, where is the parcel with my order').label).to.equal('track_order');
    expect(classifyIntent(model, 'i forgot my password and cannot log in').label).to.equal('password');
    expect(classifyIntent(model, 'quick question who won the match').label).to.equal(null);
  });

  it('says as much of its confidence as it is right, also where labels are wrong every third time', () => {
    const random = seededRandom(3);
    const noisy = (): LabelledText[] =>
      ['track_order', 'refund'].flatMap(label =>
        Array.from({ length: 150 }, () => {
          const texts = INTENTS[label]!;
          const text = `${OPENINGS[Math.floor(random() * 8)]} ${texts[Math.floor(random() * 4)]}`;
          const other = label === 'refund' ? 'track_order' : 'refund';
          return { text, label: random() < 1 / 3 ? other : label };
        }),
      );
    const doubtful = trainIntent(noisy(), noisy(), seededRandom(1), SMALL);
    expect(doubtful.pooling.reliability, 'a line was fitted').to.not.equal(undefined);
    const asked = noisy();
    const answers = asked.map(({ text }) => classifyIntent(doubtful, text));
    const right = answers.map(({ nearest }, i) => nearest === asked[i]!.label);
    const confidences = answers.map(({ confidence }) => confidence);
    const mean = confidences.reduce((a, b) => a + b, 0) / confidences.length;
    expect(mean).to.be.closeTo(right.filter(Boolean).length / right.length, 0.08);
    expect(expectedCalibrationError(confidences, right)).to.be.below(0.1);
  });

  it('answers an empty text and one of unknown letters without failing', () => {
    for (const text of ['', '   ', 'ÞþÐ 漢字', '?'.repeat(10_000)]) {
      const answer = classifyIntent(model, text);
      expect(answer.confidence).to.be.within(0, 1);
      expect(model.labels).to.include(answer.nearest);
    }
  });

  it('is the same model again from the same seed', () => {
    const again = trainIntent(examples(0), examples(1).slice(0, 60), seededRandom(1), SMALL);
    const ask = (m: typeof model) => classifyIntent(m, 'refund my order please');
    expect(ask(again)).to.deep.equal(ask(model));
  });
});

describe('text features', () => {
  it('joins forms of a word, bounds the text, and gives unit vectors', () => {
    expect(new Set(['transfer', 'transfers', 'transferred', 'transferring'].map(stemOf)).size).to.equal(1);
    expect(wordsOf("I can't pay £20")).to.deep.equal(['i', 'cant', 'pay', '£', '20']);
    const vectorizer = fitVectorizer(['pay my bill now', 'pay my rent now', 'see my bill']);
    const { values } = vectorize(vectorizer, 'pay my bill');
    expect(values.reduce((s, v) => s + v * v, 0)).to.be.closeTo(1, 1e-5);
    expect(vectorize(vectorizer, 'zzz').indices).to.have.length(0);
  });
});

describe('dense learners', () => {
  const random = seededRandom(8);
  const rows = Array.from({ length: 1_500 }, () => [random(), random(), random()]);

  it('logistic regression recovers the log-odds it was drawn from', () => {
    const labels = rows.map(([a, b]) => random() < sigmoid(4 * a! - 3 * b!));
    const model = trainLogistic(rows, labels, { penalty: 0.1 });
    expect(logOdds(model, [1, 0, 0.5])).to.be.closeTo(4, 0.8);
    expect(logOdds(model, [0, 1, 0.5])).to.be.closeTo(-3, 0.8);
  });

  it('boosted trees find an interaction that no line can', () => {
    const targets = rows.map(([a, b]) => Number(a! > 0.5 !== b! > 0.5));
    const model = trainBoosted(rows, targets, seededRandom(1), { ...BOOST, trees: 120, minLeaf: 10 });
    expect(boostedValue(model, [0.9, 0.1, 0.5])).to.be.above(0.75);
    expect(boostedValue(model, [0.9, 0.9, 0.5])).to.be.below(0.25);
  });

  it('solves a symmetric system', () => {
    const x = solveSymmetric(
      [
        [4, 1],
        [1, 3],
      ],
      [1, 2],
    );
    expect(x[0]!).to.be.closeTo(1 / 11, 1e-9);
    expect(x[1]!).to.be.closeTo(7 / 11, 1e-9);
  });
});

describe('difficulty', () => {
  it('splits lettered options from the question, and takes a prompt without them whole', () => {
    const parts = partsOf('Which one?\nA. red\nB. dark\nblue\nAnswer:');
    expect(parts).to.deep.equal({ question: 'Which one?\n', options: ['red', 'dark\nblue'] });
    expect(partsOf('A. is a letter').options).to.deep.equal([]);
  });

  it('gives finite features in one order for any prompt', () => {
    const names = Object.keys(promptFeatures('What?\nA. x\nB. y', new Map()));
    for (const prompt of ['', '\n\n', 'A.\nB.\n', '$\\frac{1}{2}$'.repeat(2_000), 'é漢字']) {
      const features = promptFeatures(prompt, new Map());
      expect(Object.keys(features)).to.deep.equal(names);
      expect(Object.values(features).every(Number.isFinite)).to.equal(true);
    }
  });

  it('ranks by what the strong model gains, not by what the weak one fails', () => {
    const random = seededRandom(4);
    const rows = Array.from({ length: 900 }, (_, i) => {
      const kind = i % 3;
      const prompt = [
        `What is the colour of object ${i}?\nA. red\nB. blue\nC. green\nD. black\nAnswer:`,
        `Suppose that all of the ${i} statements hold. Which is NOT implied?\nA. the first one holds\nB. the second one holds\nC. both of them hold\nD. none of them holds\nAnswer:`,
        `Compute $\\frac{${i}}{7} + ${i * 3}$ and $\\sqrt{${i}}$\nA. ${i}\nB. ${i + 1}\nC. ${i + 2}\nD. ${i + 3}\nAnswer:`,
      ][kind]!;
      const weak = random() < [0.95, 0.3, 0.1][kind]!;
      const strong = random() < [0.96, 0.9, 0.12][kind]!;
      return { prompt, weak, strong };
    });
    const model = trainDifficulty(rows, seededRandom(1));
    const [easy, worth, hopeless] = [0, 1, 2].map(
      kind => estimateDifficulty(model, rows[kind + 3]!.prompt).gain,
    );
    expect(worth!).to.be.above(easy! + 0.3);
    expect(worth!).to.be.above(hopeless! + 0.3);
    expect(estimateDifficulty(model, 'How many apples are left?').gain).to.be.within(0, 1);
  });
});
