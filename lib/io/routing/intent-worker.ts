/** Trains an intent model in a thread of its own, so that a node goes on answering meanwhile. */
import { serialize } from 'node:v8';
import { parentPort, workerData } from 'node:worker_threads';
import { type LabelledText, trainIntent } from '../../core/routing/intent-classifier.ts';
import { seededRandom } from '../../kernel/clock.ts';

const model = trainIntent(workerData as readonly LabelledText[], null, seededRandom(1));
parentPort!.postMessage({ labels: model.labels, bytes: serialize(model) });
