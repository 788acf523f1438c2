/** The thread that reads one file and ends. */
import { parentPort, workerData } from 'node:worker_threads';
import { TroupeError } from '../../kernel/errors.ts';
import type { Format } from './formats.ts';
import { type FileText, readFileText } from './read-file.ts';

export interface ExtractRequest {
  readonly format: Format;
  readonly bytes: Uint8Array;
  readonly type: string;
}
export type ExtractReply = FileText | { readonly code: TroupeError['code']; readonly message: string };

const { format, bytes, type } = workerData as ExtractRequest;
const reply: ExtractReply = await readFileText(format, bytes, type).catch((error: unknown) => {
  if (error instanceof TroupeError) return { code: error.code, message: error.message };
  throw error;
});
parentPort!.postMessage(reply);
