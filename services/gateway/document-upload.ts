/** A document given as a file is read where it comes in: what travels between nodes is its text. */

import type { ParamsOf } from '../../lib/contracts/contract.ts';
import type { ingestDocument } from '../../lib/contracts/knowledge.contracts.ts';
import { extractFile } from '../../lib/io/documents/extract.ts';
import { TroupeError } from '../../lib/kernel/errors.ts';

type Ingest = ParamsOf<typeof ingestDocument>;

export async function withFileRead({ file, ...params }: Ingest): Promise<Ingest> {
  if ((file === undefined) === (params.text === undefined))
    throw new TroupeError('validation-failed', 'Give the document either as "text" or as "file"');
  if (!file) return params;
  const { text, format } = await extractFile(file);
  return { ...params, text, format };
}
