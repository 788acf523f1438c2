/** Adding documents: files, each with its progress, or text that is pasted. */
import { useState } from 'react';
import { base64Of, fetchWithProgress } from '../chat/upload.ts';
import { Field, INPUT } from '../portal/fields.tsx';
import { Told, useAct, useSession, whyOf } from '../portal/load.ts';
import { usePlace } from '../portal/route.ts';
import type { Session } from '../portal/session.ts';
import { useSay } from '../portal/text.ts';
import { Badge, Button, Card, Trouble } from '../portal/ui.tsx';
import { Ingestions, WebPages } from './ingestions.tsx';
import { SENSITIVITIES, type Sensitivity } from './sensitivity.ts';

/** As in the contract. Bytes. */
const MOST_BYTES = 20 * 1_048_576;
const KINDS = '.pdf,.docx,.html,.htm,.md,.txt,.csv';

interface Upload {
  readonly id: string;
  readonly name: string;
  readonly state: 'waits' | 'goes' | 'read' | 'done' | 'unchanged' | 'failed';
  /** 0 to 1. */
  readonly share: number;
  readonly told: string;
}

export function AddDocuments() {
  const say = useSay();
  const { session } = useSession();
  const [sensitivity, setSensitivity] = useState<Sensitivity>('public');
  const [uploads, setUploads] = useState<readonly Upload[]>([]);
  const [over, setOver] = useState(false);
  const [begun, setBegun] = useState(0);
  const show = (id: string, change: Partial<Upload>) =>
    setUploads(before => before.map(each => (each.id === id ? { ...each, ...change } : each)));

  const take = async (files: readonly File[]) => {
    const given = files.map(file => ({ file, id: crypto.randomUUID() }));
    setUploads(before => [
      ...given.map(({ file, id }) => ({ id, name: file.name, state: 'waits' as const, share: 0, told: '' })),
      ...before,
    ]);
    // One after another: the platform reads few at once, and each shows how far it is.
    for (const { file, id } of given) {
      try {
        if (file.size > MOST_BYTES) throw new Told(say('larger than 20 MB'));
        show(id, { state: 'goes' });
        const { chunks, unchanged, review } = await upload(session, file, sensitivity, share =>
          show(id, share < 1 ? { share } : { share, state: 'read' }),
        );
        show(id, {
          state: unchanged ? 'unchanged' : 'done',
          told: review ? say('kept back: see Sensitivity') : say('{n} passages', { n: chunks }),
        });
      } catch (error) {
        show(id, { state: 'failed', told: say(whyOf(error)) });
      }
    }
  };
  return (
    <>
      <Card title={say('Files')}>
        <Field
          label={say('Who may read them')}
          hint={say('Only public ones reach customers; the others reach your staff.')}
        >
          {ids => (
            <select
              {...ids}
              value={sensitivity}
              onChange={event => setSensitivity(event.target.value as Sensitivity)}
              className={`${INPUT} max-w-xs`}
            >
              {SENSITIVITIES.map(each => (
                <option key={each} value={each}>
                  {say(each)}
                </option>
              ))}
            </select>
          )}
        </Field>
        <label
          onDragOver={event => {
            event.preventDefault();
            setOver(true);
          }}
          onDragLeave={() => setOver(false)}
          onDrop={event => {
            event.preventDefault();
            setOver(false);
            void take([...event.dataTransfer.files]);
          }}
          className={`mt-4 flex cursor-pointer flex-col items-center rounded-2xl border-2 border-dashed px-6 py-10 text-center has-focus-visible:outline-2 has-focus-visible:outline-accent ${over ? 'border-accent bg-accent-soft' : 'border-line-strong hover:border-accent'}`}
        >
          <input
            type="file"
            multiple
            accept={KINDS}
            className="sr-only"
            onChange={event => {
              void take([...(event.target.files ?? [])]);
              event.target.value = '';
            }}
          />
          <span className="font-medium text-ink">{say('Choose files, or drop them here')}</span>
          <span className="mt-1 text-soft text-sm">
            {say('PDF, DOCX, HTML, CSV, Markdown or text, up to 20 MB each')}
          </span>
        </label>
        <Uploads uploads={uploads} />
      </Card>
      <WebPages sensitivity={sensitivity} onBegun={() => setBegun(begun + 1)} />
      <Ingestions key={begun} />
      <PastedText sensitivity={sensitivity} />
    </>
  );
}

async function upload(
  session: Session,
  file: File,
  sensitivity: Sensitivity,
  progress: (share: number) => void,
) {
  const content = await base64Of(file);
  const title = file.name.replace(/\.[a-z0-9]{1,5}$/i, '') || file.name;
  return await session.clientOver(fetchWithProgress(progress)).call('knowledgeIngest', {
    title,
    // Given again under its name, the file replaces what it was.
    source: `upload:${file.name}`,
    file: { name: file.name, ...(file.type ? { type: file.type } : {}), content },
    sensitivity,
  });
}

const STATES = {
  waits: ['plain', 'waits'],
  goes: ['notice', 'uploading'],
  read: ['notice', 'being read'],
  done: ['good', 'added'],
  unchanged: ['plain', 'was there already'],
  failed: ['danger', 'not added'],
} as const;

function Uploads({ uploads }: { readonly uploads: readonly Upload[] }) {
  const say = useSay();
  if (uploads.length === 0) return null;
  return (
    <ul className="mt-4 divide-y divide-line" aria-label={say('Uploads')}>
      {uploads.map(({ id, name, state, share, told }) => (
        <li key={id} data-testid="upload" className="flex flex-wrap items-center gap-x-4 gap-y-1 py-2.5">
          <span className="min-w-0 flex-1 truncate font-medium">{name}</span>
          {(state === 'goes' || state === 'read') && (
            <progress
              max={1}
              {...(state === 'goes' ? { value: share } : {})}
              aria-label={say('Uploading {name}', { name })}
              className="h-2 w-32 accent-accent"
            />
          )}
          <span role="status" className="flex items-center gap-2 text-sm text-soft">
            <Badge tone={STATES[state][0]}>{say(STATES[state][1])}</Badge>
            {told}
          </span>
        </li>
      ))}
    </ul>
  );
}

function PastedText({ sensitivity }: { readonly sensitivity: Sensitivity }) {
  const say = useSay();
  const { session } = useSession();
  const { busy, error, act } = useAct();
  const { query } = usePlace();
  // A question that nobody could answer comes along as the title of its answer.
  const [title, setTitle] = useState(query.get('title')?.slice(0, 300) ?? '');
  const [text, setText] = useState('');
  const [done, setDone] = useState<string | null>(null);
  const add = () =>
    act(async () => {
      await session.client.call('knowledgeIngest', { title, text, sensitivity });
    }).then(added => {
      if (!added) return;
      setDone(title);
      setTitle('');
      setText('');
    });
  return (
    <Card title={say('Text')}>
      <form
        className="space-y-4"
        onSubmit={event => {
          event.preventDefault();
          void add();
        }}
      >
        <Field label={say('Title')} hint={say('Shown to customers as the source.')}>
          {ids => (
            <input
              {...ids}
              required
              maxLength={500}
              value={title}
              onChange={event => setTitle(event.target.value)}
              className={INPUT}
            />
          )}
        </Field>
        <Field
          label={say('Text')}
          hint={say('Markdown or plain text. Headings help to find the right passage.')}
        >
          {ids => (
            <textarea
              {...ids}
              required
              rows={8}
              value={text}
              onChange={event => setText(event.target.value)}
              className={INPUT}
            />
          )}
        </Field>
        <Trouble error={error} />
        <div className="flex items-center gap-3">
          <Button submit kind="main" disabled={busy}>
            {say('Add')}
          </Button>
          <span role="status" className="text-soft text-sm">
            {done && say('{name} was added and can be found.', { name: done })}
          </span>
        </div>
      </form>
    </Card>
  );
}
