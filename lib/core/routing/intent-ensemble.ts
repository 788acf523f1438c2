/** The members of an intent model: which learners, on which features, and what each says of a text. */
import type { Random } from '../../kernel/clock.ts';
import { type LinearClassifier, linearScores, trainLinear } from './linear-classifier.ts';
import {
  fitVectorizer,
  knownShare,
  TEXT_FEATURES,
  type TextVectorizer,
  vectorize,
  vectorizeAll,
} from './text-features.ts';
import {
  NETWORK,
  type NetworkOptions,
  networkScores,
  type TextNetwork,
  trainNetwork,
} from './text-network.ts';

export type Member =
  | { readonly kind: 'linear'; readonly vectorizer: number; readonly model: LinearClassifier }
  | { readonly kind: 'network'; readonly vectorizer: number; readonly model: TextNetwork };

export interface Ensemble {
  readonly vectorizers: readonly TextVectorizer[];
  readonly members: readonly Member[];
}

export interface EnsembleOptions {
  readonly linearCost: number;
  readonly network: NetworkOptions;
  /** Up to this many texts the networks take the wide form: better, and still minutes of one core. */
  readonly wideUpTo: number;
  readonly wide: NetworkOptions;
}

export const ENSEMBLE: EnsembleOptions = {
  linearCost: 3,
  network: NETWORK,
  wideUpTo: 12_000,
  wide: { ...NETWORK, hidden: 256, learningRate: 0.03 },
};

/** Members: a linear machine and a network on all features, a network on words alone. */
export function trainEnsemble(
  texts: readonly { readonly text: string; readonly label: string | null }[],
  labels: readonly string[],
  random: Random,
  options: EnsembleOptions = ENSEMBLE,
): Ensemble {
  const raw = texts.map(each => each.text);
  const outside = texts.some(each => each.label === null);
  const classes = labels.length + (outside ? 1 : 0);
  const position = new Map(labels.map((label, k) => [label, k]));
  const targets = texts.map(each => (each.label === null ? labels.length : position.get(each.label)!));
  const vectorizers = [fitVectorizer(raw), fitVectorizer(raw, { ...TEXT_FEATURES, charGrams: [1, 0] })];
  const [all, words] = vectorizers.map(vectorizer => vectorizeAll(vectorizer, raw));
  const network = texts.length <= options.wideUpTo ? options.wide : options.network;
  const linear = { cost: options.linearCost, maxEpochs: 40, tolerance: 0.1, positiveWeight: 1 };
  return {
    vectorizers,
    members: [
      { kind: 'linear', vectorizer: 0, model: trainLinear(all!, targets, classes, random, linear) },
      {
        kind: 'network',
        vectorizer: 0,
        model: trainNetwork(all!, targets, classes, random, network),
      },
      {
        kind: 'network',
        vectorizer: 1,
        model: trainNetwork(words!, targets, classes, random, network),
      },
    ],
  };
}

/** Raw scores per member and class. */
export function memberScores(ensemble: Ensemble, text: string): Float64Array[] {
  const rows = ensemble.vectorizers.map(vectorizer => vectorize(vectorizer, text));
  return ensemble.members.map(member =>
    member.kind === 'linear'
      ? linearScores(member.model, rows[member.vectorizer]!)
      : networkScores(member.model, rows[member.vectorizer]!),
  );
}

/** Share of known words, and the length of the text in words (log). */
export function surfaceDoubts(ensemble: Ensemble, text: string): number[] {
  return [knownShare(ensemble.vectorizers[1]!, text), Math.log1p(text.split(/\s+/).length)];
}
