/** Workflow documents: read and checked before they are kept, each version once and for ever. */
import { createHash } from 'node:crypto';
import { objectField, textField } from '../../lib/core/workflow/definition.ts';
import { readDocument } from '../../lib/core/workflow/document.ts';
import type { JsonObject } from '../../lib/core/workflow/jq/value.ts';
import { listenedTypes } from '../../lib/core/workflow/listen.ts';
import { nextStartMs } from '../../lib/core/workflow/schedule.ts';
import type { Database } from '../../lib/io/database.ts';
import { deleteSchedule, putSchedule } from '../../lib/io/sql/workflow-schedules.ts';
import { type DocumentRow, findDocument, insertDocument, lockDocuments } from '../../lib/io/sql/workflows.ts';
import { TroupeError } from '../../lib/kernel/errors.ts';

/** Findings that a refusal tells. */
const FINDINGS = 50;
/** Documents read before: a version never changes. */
const KNOWN_LIMIT = 500;
const known = new Map<string, JsonObject>();

/** Throws `workflow-invalid` with the places of what is wrong. */
export function readSource(source: string): JsonObject {
  const read = readDocument(source);
  if (read.ok) return read.definition;
  const errors = read.errors.slice(0, FINDINGS).map(each => ({ ...each }));
  const [first] = errors;
  throw new TroupeError(
    'workflow-invalid',
    `Line ${first?.line ?? 1}, column ${first?.column ?? 1}: ${first?.message ?? 'unreadable'}`,
    { data: { fields: errors } },
  );
}

export async function putDocument(
  database: Database,
  tenantId: string,
  source: string,
  by: string,
  nowMs: number,
): Promise<{ name: string; version: string; digest: string; created: boolean }> {
  const definition = readSource(source);
  const name = textField(definition, 'document', 'name')!;
  const version = textField(definition, 'document', 'version')!;
  const title =
    textField(definition, 'document', 'title') ?? textField(definition, 'document', 'summary') ?? '';
  const digest = createHash('sha256').update(source).digest('hex');
  return await database.withTenant(tenantId, async tx => {
    await lockDocuments(tx, tenantId);
    const present = await findDocument(tx, name, version);
    if (present && present.digest !== digest)
      throw new TroupeError(
        'conflict',
        `${name} ${version} is there already, with another text: give it a new version`,
      );
    if (present) return { name, version, digest, created: false };
    await insertDocument(tx, tenantId, {
      name,
      version,
      digest,
      source,
      title: title.slice(0, 500),
      createdBy: by,
    });
    const schedule = objectField(definition, 'schedule');
    if (schedule)
      await putSchedule(tx, tenantId, {
        name,
        version,
        schedule,
        types: schedule.on === undefined ? null : listenedTypes(objectField(schedule, 'on')!),
        nextAt: nextStartMs(schedule, { nowMs }),
      });
    else await deleteSchedule(tx, name);
    return { name, version, digest, created: true };
  });
}

/** A version with its document read; the newest unless one is named. Throws `not-found`. */
export async function documentOf(
  database: Database,
  tenantId: string,
  name: string,
  version: string | undefined,
): Promise<DocumentRow & { readonly definition: JsonObject }> {
  const row = await database.withTenant(tenantId, tx => findDocument(tx, name, version));
  if (!row)
    throw new TroupeError(
      'not-found',
      `There is no workflow "${name}"${version ? ` of version ${version}` : ''}`,
    );
  let definition = known.get(row.digest);
  if (!definition) {
    definition = readSource(row.source);
    if (known.size >= KNOWN_LIMIT) known.clear();
    known.set(row.digest, definition);
  }
  return { ...row, definition };
}
