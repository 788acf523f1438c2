/** The files that go with the next reply: picked or dropped, each with its progress, and taken away again by keyboard too. */
import { useCallback, useRef, useState } from 'react';
import { base64Of, fetchWithProgress } from '../chat/upload.ts';
import { useSession, whyOf } from '../portal/load.ts';
import { fill, useInboxWords } from './words.ts';

/** As in the contracts. */
const MOST_FILES = 5;
const KINDS = '.png,.jpg,.jpeg,.gif,.webp,.pdf,.txt,.log,.csv';

interface Picked {
  readonly key: string;
  readonly name: string;
  readonly share: number;
  /** Once the platform has it. */
  readonly id: string | null;
}

export interface Tray {
  readonly picked: readonly Picked[];
  readonly busy: boolean;
  /** Ids of what is there to be sent. */
  readonly ready: readonly string[];
  readonly trouble: string | null;
  readonly add: (files: Iterable<File>) => void;
  readonly remove: (key: string) => void;
  readonly clear: () => void;
}

export function useFileTray(): Tray {
  const words = useInboxWords();
  const { session } = useSession();
  const [picked, setPicked] = useState<readonly Picked[]>([]);
  const [trouble, setTrouble] = useState<string | null>(null);
  const stops = useRef(new Map<string, AbortController>());
  const drop = useCallback((key: string) => {
    stops.current.get(key)?.abort();
    stops.current.delete(key);
    setPicked(before => before.filter(each => each.key !== key));
  }, []);
  const upload = async (key: string, file: File) => {
    const stop = new AbortController();
    stops.current.set(key, stop);
    const change = (now: Partial<Picked>) =>
      setPicked(before => before.map(each => (each.key === key ? { ...each, ...now } : each)));
    try {
      const client = session.clientOver(fetchWithProgress(share => change({ share })));
      const given = { name: file.name, content: await base64Of(file) };
      const { id } = await client.call('attachmentsAdd', given, { signal: stop.signal, idempotencyKey: key });
      change({ id, share: 1 });
    } catch (error) {
      if (!stop.signal.aborted) setTrouble(fill(words.notUploaded, { name: file.name, why: whyOf(error) }));
      drop(key);
    }
  };
  return {
    picked,
    trouble,
    busy: picked.some(({ id }) => id === null),
    ready: picked.flatMap(({ id }) => id ?? []),
    add(files) {
      setTrouble(null);
      const given = [...files];
      const taken = given.slice(0, MOST_FILES - picked.length);
      if (taken.length < given.length) setTrouble(words.tooMany);
      const fresh = taken.map(file => ({ file, key: crypto.randomUUID() }));
      setPicked(before => [
        ...before,
        ...fresh.map(({ file, key }) => ({ key, name: file.name, share: 0, id: null })),
      ]);
      for (const { file, key } of fresh) void upload(key, file);
    },
    remove: drop,
    clear() {
      stops.current.clear();
      setPicked([]);
    },
  };
}

export function AttachButton({ tray }: { readonly tray: Tray }) {
  const words = useInboxWords();
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <button
        type="button"
        aria-label={words.attach}
        onClick={() => input.current?.click()}
        className="flex size-11 shrink-0 cursor-pointer items-center justify-center rounded-full border border-line-strong text-soft hover:border-accent hover:text-accent"
      >
        <svg aria-hidden="true" viewBox="0 0 24 24" className="size-5" fill="none" stroke="currentColor">
          <path
            strokeWidth="1.700"
            strokeLinecap="round"
            strokeLinejoin="round"
            d="m19 11-7.500 7.500a4.200 4.200 0 0 1-6-6L13 5a2.800 2.800 0 0 1 4 4l-7.500 7.500a1.400 1.400 0 0 1-2-2L14 8"
          />
        </svg>
      </button>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        accept={KINDS}
        onChange={event => {
          tray.add(event.target.files ?? []);
          event.target.value = '';
        }}
      />
    </>
  );
}

export function FileTray({ tray }: { readonly tray: Tray }) {
  const words = useInboxWords();
  return (
    <>
      <p role="alert" className="text-danger text-sm">
        {tray.trouble}
      </p>
      {tray.picked.length > 0 && (
        <ul className="mb-2 flex flex-wrap gap-2">
          {tray.picked.map(({ key, name, share, id }) => (
            <li
              key={key}
              data-testid="picked"
              className="flex min-h-9 max-w-full items-center gap-2 rounded-full border border-line-strong pl-3 text-sm"
            >
              <span className="max-w-48 truncate">{name}</span>
              {id === null && (
                <progress
                  value={share}
                  max={1}
                  aria-label={fill(words.uploading, { name })}
                  className="h-2 w-16 accent-accent"
                />
              )}
              <button
                type="button"
                aria-label={fill(words.takeAway, { name })}
                onClick={() => tray.remove(key)}
                className="size-9 cursor-pointer rounded-full hover:bg-sunken"
              >
                ×
              </button>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
