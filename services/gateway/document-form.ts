/** Reads a form with files, or a file that is the whole body, counting while it comes. */
import type { Readable } from 'node:stream';
import { Busboy } from '@fastify/busboy';
import type { FastifyRequest } from 'fastify';
import { MOST_FILE_BYTES } from '../../lib/io/documents/extract.ts';
import { TroupeError } from '../../lib/kernel/errors.ts';

export interface SentFile {
  readonly name: string;
  readonly type: string;
  readonly bytes: Buffer;
}

/** What a form or a bare file was read to; fields are as they would be in JSON. */
export interface SentBody {
  readonly fields: Record<string, unknown>;
  readonly files: readonly SentFile[];
}

export const MOST_FORM_BYTES = MOST_FILE_BYTES + 8 * 1_048_576;
const MOST_FILES = 20;
const FORM = { files: MOST_FILES, fields: 50, fieldSize: 1_100_000, parts: 70, headerPairs: 20 };
export const bodyTooLarge = () =>
  new TroupeError(
    'body-too-large',
    `A file may have ${MOST_FILE_BYTES} bytes, all of a request ${MOST_FORM_BYTES}`,
  );

export async function readBareFile(request: FastifyRequest, payload: Readable): Promise<SentBody> {
  const { name = '', ...fields } = request.query as Record<string, string>;
  const bytes = await collect(payload, MOST_FILE_BYTES);
  const type = request.headers['content-type'] ?? '';
  return { fields: typed(fields), files: [{ name: name.slice(0, 300), type, bytes }] };
}

/** What is left of a stream that brings too much is not ended here: its sender is still to be told. */
async function collect(stream: Readable, limit: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of stream.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > limit) throw bodyTooLarge();
    parts.push(part);
  }
  return Buffer.concat(parts, size);
}

export function readForm(request: FastifyRequest, payload: Readable): Promise<SentBody> {
  const { promise, resolve, reject } = Promise.withResolvers<SentBody>();
  const malformed = () => reject(new TroupeError('malformed-body', 'The form cannot be read'));
  const fields: Record<string, string> = {};
  const files: Promise<SentFile>[] = [];
  let total = 0;
  let form: InstanceType<typeof Busboy>;
  try {
    form = new Busboy({ headers: request.headers as { 'content-type': string }, limits: FORM });
  } catch {
    malformed();
    return promise;
  }
  form.on('field', (name, value, _nameCut, cut) => {
    if (cut) reject(bodyTooLarge());
    else fields[name] = value;
  });
  form.on('file', (_field, stream, name, _encoding, type) => {
    const file = collect(stream, MOST_FILE_BYTES).then(bytes => ({
      name: (name ?? '').slice(0, 300),
      type,
      bytes,
    }));
    file.catch(reject);
    files.push(file);
  });
  for (const limit of ['filesLimit', 'fieldsLimit', 'partsLimit'] as const)
    form.once(limit, () => reject(bodyTooLarge()));
  form.once('error', malformed);
  form.once('finish', () => {
    Promise.all(files).then(read => resolve({ fields: typed(fields), files: read }), reject);
  });
  payload.once('error', malformed);
  payload.once('aborted', malformed);
  payload.on('data', (part: Buffer) => {
    total += part.length;
    if (total <= MOST_FORM_BYTES) return;
    payload.unpipe(form);
    reject(bodyTooLarge());
  });
  payload.pipe(form);
  return promise;
}

/** Text of a form or an address as JSON would have it. */
function typed(fields: Readonly<Record<string, string>>): Record<string, unknown> {
  const listOf = (value: string) =>
    value
      .split(',')
      .map(each => each.trim())
      .filter(each => each !== '');
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]): [string, unknown] => {
      if (name === 'roles' || name === 'urls') return [name, listOf(value)];
      if (name === 'legalHold' && /^(true|false)$/.test(value)) return [name, value === 'true'];
      if (name === 'metadata') return [name, jsonOf(value)];
      return [name, value];
    }),
  );
}

function jsonOf(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    throw new TroupeError('validation-failed', '"metadata" is not JSON');
  }
}
