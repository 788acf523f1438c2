/**
 * What a model is shown of files: the text of documents behind a fence, as data and never as instructions, and
 * pictures as pictures. The newest first, within bounds; text is read out of a file once and kept.
 */
import type { Attachment, ChatItem, ShownImage } from '../../lib/contracts/chat.ts';
import { quarantine } from '../../lib/core/tools/quarantine.ts';
import type { Database } from '../../lib/io/database.ts';
import { extractBytes } from '../../lib/io/documents/extract.ts';
import { keepText, readAttachment, textsOf } from '../../lib/io/sql/attachments.ts';
import { TroupeError } from '../../lib/kernel/errors.ts';

/** Characters of one file, and of all files that one call of a model is shown. */
const MOST_OF_ONE = 20_000;
const MOST_OF_ALL = 40_000;
/** Pictures of one call, and bytes of each. */
const MOST_IMAGES = 4;
const MOST_IMAGE_BYTES = 4 * 1_048_576;
const READ_MS = 10_000;
const IMAGES = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp']);
const READABLE =
  /^(?:text\/|application\/pdf$|application\/vnd\.openxmlformats-officedocument\.wordprocessingml)/;

interface Reading {
  readonly database: Database;
  readonly tenantId: string;
  readonly conversationId: string;
}

interface Shown {
  readonly text?: string;
  readonly image?: ShownImage;
}

/** The context with what its files hold. `images`: whether the model is to see pictures. */
export async function withFiles(
  reading: Reading,
  context: readonly ChatItem[],
  images: boolean,
): Promise<readonly ChatItem[]> {
  const left = { characters: MOST_OF_ALL, images: images ? MOST_IMAGES : 0 };
  const items: ChatItem[] = [];
  for (const item of context.toReversed()) {
    if (item.role !== 'user' || !item.attachments?.length) {
      items.push(item);
      continue;
    }
    const shown: Shown[] = [];
    for (const file of item.attachments) shown.push(await show(reading, file, left));
    const { attachments: _, ...said } = item;
    const pictures = shown.flatMap(({ image }) => image ?? []);
    items.push({
      ...said,
      text: [said.text, ...shown.flatMap(({ text }) => text ?? [])].join('\n'),
      ...(pictures.length > 0 ? { images: pictures } : {}),
    });
  }
  return items.reverse();
}

async function show(
  reading: Reading,
  file: Attachment,
  left: { characters: number; images: number },
): Promise<Shown> {
  if (IMAGES.has(file.type)) {
    if (left.images === 0 || file.bytes > MOST_IMAGE_BYTES)
      return { text: `[${file.name}: not shown to you]` };
    const found = await contentOf(reading, file.id);
    if (!found) return { text: `[${file.name}: not here]` };
    left.images--;
    return {
      image: { name: file.name, type: found.type, base64: Buffer.from(found.content).toString('base64') },
    };
  }
  if (!READABLE.test(file.type)) return { text: `[${file.name}: nothing in it can be read]` };
  if (left.characters <= 0) return { text: `[${file.name}: not shown to you again]` };
  const { said, code } = await textOf(reading, file);
  if (said === null) return { text: `[${file.name}: it cannot be read (${code})]` };
  const part = said.slice(0, left.characters);
  left.characters -= part.length;
  const whole = part.length === said.length && said.length < MOST_OF_ONE;
  return { text: quarantine(`file ${file.name}`, whole ? part : `${part}\n[cut here]`).content };
}

const contentOf = ({ database, tenantId, conversationId }: Reading, id: string) =>
  database.withTenant(tenantId, async tx => {
    const found = await readAttachment(tx, id);
    return found?.conversationId === conversationId ? found : undefined;
  });

/** Read out of the file the first time; that it cannot be is kept as well. */
async function textOf(
  reading: Reading,
  { id, name, type }: Attachment,
): Promise<{ said: string | null; code: string | null }> {
  const { database, tenantId, conversationId } = reading;
  const [known] = await database.withTenant(tenantId, tx => textsOf(tx, [id]));
  if (known) return known;
  const found = await contentOf(reading, id);
  if (!found) return { said: null, code: 'not-here' };
  const read = await extractBytes(new Uint8Array(found.content), { name, type }, READ_MS).then(
    ({ text }) => ({ said: text.slice(0, MOST_OF_ONE), code: null }),
    (error: unknown) => {
      // Busy is no property of the file: it is read when asked the next time.
      if (!(error instanceof TroupeError) || error.code === 'overloaded') throw error;
      return { said: null, code: error.code };
    },
  );
  await database.withTenant(tenantId, tx => keepText(tx, { tenantId, id, conversationId, ...read }));
  return read;
}
