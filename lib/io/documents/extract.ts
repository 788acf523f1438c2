/** Files into text, each in a thread of its own with a limit of time and memory, few at once. */
import { Worker } from 'node:worker_threads';
import { TroupeError } from '../../kernel/errors.ts';
import type { ExtractReply, ExtractRequest } from './extract-worker.ts';
import { type Format, formatOf } from './formats.ts';
import type { FileText } from './read-file.ts';

/** Bytes of a file. */
export const MOST_FILE_BYTES = 20 * 1_048_576;
const TIMEOUT_MS = 30_000;
const HEAP_MB = 256;
const AT_ONCE = 4;
let running = 0;

export interface GivenFile {
  readonly name?: string;
  readonly type?: string;
  /** Base64. */
  readonly content: string;
}

/** Rejects with `document-unreadable`, `document-encrypted`, `document-too-large`, `overloaded`, `validation-failed`. */
export async function extractFile(
  file: GivenFile,
  timeoutMs = TIMEOUT_MS,
): Promise<FileText & { readonly format: Format }> {
  const bytes = bytesOf(file.content);
  return await extractBytes(bytes, file, timeoutMs);
}

/** Throws `validation-failed`. */
export function bytesOf(content: string): Uint8Array {
  const bytes = new Uint8Array(Buffer.from(content, 'base64'));
  if (bytes.length === 0) throw new TroupeError('validation-failed', 'The content of the file is not base64');
  return bytes;
}

/** The same for bytes, which are the reader's from then on. */
export async function extractBytes(
  bytes: Uint8Array,
  file: Pick<GivenFile, 'name' | 'type'>,
  timeoutMs = TIMEOUT_MS,
): Promise<FileText & { readonly format: Format }> {
  if (bytes.length > MOST_FILE_BYTES)
    throw new TroupeError(
      'document-too-large',
      `A file may have ${MOST_FILE_BYTES} bytes: cut it into several`,
    );
  const format = formatOf(bytes, file.name, file.type);
  if (running >= AT_ONCE) throw new TroupeError('overloaded', 'Too many files are being read; try again');
  running++;
  try {
    return { ...(await inThread({ format, bytes, type: file.type ?? '' }, timeoutMs)), format };
  } finally {
    running--;
  }
}

async function inThread(request: ExtractRequest, timeoutMs: number): Promise<FileText> {
  const worker = new Worker(new URL('./extract-worker.ts', import.meta.url), {
    workerData: request,
    transferList: [request.bytes.buffer as ArrayBuffer],
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
    stdout: true,
    stderr: true,
  });
  let timer: NodeJS.Timeout | undefined;
  try {
    const reply = await new Promise<ExtractReply>((resolve, reject) => {
      timer = setTimeout(
        () => reject(new TroupeError('document-too-large', 'The file takes too long to read')),
        timeoutMs,
      );
      worker.once('message', resolve);
      worker.once('error', (error: Error & { code?: string }) =>
        reject(
          error.code === 'ERR_WORKER_OUT_OF_MEMORY'
            ? new TroupeError('document-too-large', 'The file takes too much memory to read')
            : new TroupeError('document-unreadable', 'The file cannot be read'),
        ),
      );
      worker.once('exit', () => reject(new TroupeError('document-unreadable', 'The file cannot be read')));
    });
    if ('code' in reply) throw new TroupeError(reply.code, reply.message);
    return reply;
  } finally {
    clearTimeout(timer);
    await worker.terminate();
  }
}
