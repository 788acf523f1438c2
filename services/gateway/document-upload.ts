/**
 * Documents as they come over HTTP: JSON, a form with files, or the file itself as the body. A body is counted while it
 * comes and refused as soon as it is too large; a file is read (or kept for an ingestion) where it comes in. What
 * travels between nodes is short text and ids: a message of NATS holds a megabyte, so a long text goes by the database.
 */
import type { Readable } from 'node:stream';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ParamsOf } from '../../lib/contracts/contract.ts';
import { startIngestion } from '../../lib/contracts/ingestion.contracts.ts';
import { ingestDocument } from '../../lib/contracts/knowledge.contracts.ts';
import { KEEPER } from '../../lib/core/knowledge/access.ts';
import type { Database } from '../../lib/io/database.ts';
import { bytesOf, extractFile, MOST_FILE_BYTES } from '../../lib/io/documents/extract.ts';
import { insertUpload } from '../../lib/io/sql/ingestion-upload.ts';
import { TroupeError } from '../../lib/kernel/errors.ts';
import { newId } from '../../lib/kernel/ids.ts';
import {
  bodyTooLarge,
  MOST_FORM_BYTES,
  readBareFile,
  readForm,
  type SentBody,
  type SentFile,
} from './document-form.ts';

type Ingest = ParamsOf<typeof ingestDocument>;
type Start = ParamsOf<typeof startIngestion>;

/** Routes that take files. */
const TAKES_FILES: ReadonlySet<string> = new Set(
  [ingestDocument, startIngestion].map(({ http }) => `/api/v1${http!.path}`),
);
const FILE_TYPES = [
  'application/pdf',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  'application/octet-stream',
  'text/html',
  'text/plain',
  'text/markdown',
  'text/csv',
];
/** A client that goes on sending after it was refused is listened to only so far, and so long. */
const DEAF_BYTES = 32 * 1_048_576;
const DEAF_MS = 2_000;

const sent = new WeakMap<object, readonly SentFile[]>();
/** Requests that were refused while they were still being sent. */
const refused = new WeakSet<object>();

/** Whether the connection stays open for now: closed at once, it would be reset, and the answer lost with it. */
export const lingers = (request: FastifyRequest): boolean => refused.has(request);

export function addDocumentBodies(server: FastifyInstance): void {
  const parse =
    (read: (request: FastifyRequest, payload: Readable) => Promise<SentBody>) =>
    async (request: FastifyRequest, payload: Readable) => {
      if (!TAKES_FILES.has(request.routeOptions.url ?? ''))
        throw new TroupeError('unsupported-media-type', 'Send application/json');
      try {
        if (Number(request.headers['content-length'] ?? 0) > MOST_FORM_BYTES) throw bodyTooLarge();
        const { fields, files } = await read(request, payload);
        sent.set(fields, files);
        return fields;
      } catch (error) {
        throwAway(payload);
        refused.add(request);
        throw error;
      }
    };
  server.addContentTypeParser('multipart/form-data', parse(readForm));
  server.addContentTypeParser(FILE_TYPES, parse(readBareFile));
}

/**
 * What still comes is thrown away, so that the refusal can be read; then the connection ends. Too much is left lying:
 * a sender that cannot write has time to read, while one that is cut off at once loses the answer with the connection.
 */
function throwAway(payload: Readable): void {
  let rest = 0;
  payload.on('data', (part: Buffer) => {
    rest += part.length;
    if (rest > DEAF_BYTES) payload.pause();
  });
  payload.resume();
  setTimeout(() => payload.destroy(), DEAF_MS).unref();
}

/** Text that travels in a message; longer ones are kept and named. Bytes of UTF-8. */
const MOST_CARRIED_BYTES = 131_072;
const isLong = (text: string) => Buffer.byteLength(text) > MOST_CARRIED_BYTES;

/** A document with its file read to text. `body`: what the request was parsed to. */
export async function withFileRead(
  database: Database,
  tenantId: string,
  { file, ...params }: Ingest,
  body: object,
): Promise<Ingest> {
  const read = await readOf(file, params, body);
  if (read.text === undefined || !isLong(read.text)) return read;
  const { text, ...rest } = read;
  return {
    ...rest,
    upload: await keep(database, tenantId, { name: 'text', type: 'text/plain', bytes: Buffer.from(text) }),
  };
}

async function readOf(file: Ingest['file'], params: Omit<Ingest, 'file'>, body: object): Promise<Ingest> {
  if (params.upload !== undefined)
    throw new TroupeError('validation-failed', '"upload" is named by the gateway alone');
  const files = sent.get(body) ?? [];
  if (files.length > 1)
    throw new TroupeError('validation-failed', 'One file at a time: an ingestion takes several');
  const given = file ?? (files[0] && { ...files[0], content: files[0].bytes.toString('base64') });
  if ((given === undefined) === (params.text === undefined))
    throw new TroupeError('validation-failed', 'Give the document either as "text" or as "file"');
  if (!given) return params;
  const { text, format, hidden } = await extractFile(given);
  return { ...params, text, format, hidden };
}

/** An ingestion with its files committed, each under an id. */
export async function withFilesKept(
  database: Database,
  tenantId: string,
  { file, ...params }: Start,
  body: object,
): Promise<Start> {
  const files = [...(sent.get(body) ?? [])];
  if (file)
    files.push({ name: file.name ?? '', type: file.type ?? '', bytes: Buffer.from(bytesOf(file.content)) });
  if (files.length === 0 && params.text !== undefined && isLong(params.text)) {
    const { text, ...rest } = params;
    files.push({
      name: params.title ?? 'text',
      type: 'text/markdown; charset=utf-8',
      bytes: Buffer.from(text!),
    });
    params = rest;
  }
  if (files.length === 0) return params;
  if (params.uploads)
    throw new TroupeError('validation-failed', '"uploads" is not given together with files');
  const uploads: string[] = [];
  for (const { name, type, bytes } of files) {
    if (bytes.length === 0) throw new TroupeError('validation-failed', 'A file is empty');
    if (bytes.length > MOST_FILE_BYTES) throw bodyTooLarge();
    uploads.push(await keep(database, tenantId, { name, type, bytes }));
  }
  return { ...params, uploads };
}

async function keep(database: Database, tenantId: string, { name, type, bytes }: SentFile): Promise<string> {
  const uploadId = newId('upload');
  const row = {
    tenantId,
    uploadId,
    name: storable(name) || 'file',
    mediaType: storable(type).slice(0, 200),
    body: bytes,
  };
  await database.withTenant(tenantId, tx => insertUpload(tx, row), KEEPER);
  return uploadId;
}

const storable = (text: string) => text.replaceAll('\u0000', '');
