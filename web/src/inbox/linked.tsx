/** On which channels the customer of a conversation is known, and the code with which they say so themselves. */
import { useState } from 'react';
import { useAct, useLoad, useSession } from '../portal/load.ts';
import { Copyable, Trouble } from '../portal/ui.tsx';
import { fill, useInboxWords } from './words.ts';

const ACT =
  'min-h-8 cursor-pointer font-medium text-accent underline decoration-1 underline-offset-3 hover:decoration-2';

export function Linked({ id }: { readonly id: string }) {
  const words = useInboxWords();
  const { session } = useSession();
  const [open, setOpen] = useState(false);
  const [code, setCode] = useState<string | null>(null);
  const { data, error: unread, again } = useLoad('channelsLinked', open ? { conversationId: id } : null);
  const { busy, error, act } = useAct();
  const make = () =>
    act(async () =>
      setCode((await session.client.call('channelsCreateLinkCode', { conversationId: id })).code),
    );
  const unlink = () =>
    act(async () => {
      await session.client.call('channelsUnlink', { conversationId: id });
      again();
    });
  const channels = [...new Set((data?.identities ?? []).map(({ channel }) => channel))];
  return (
    <details className="text-sm" onToggle={event => setOpen(event.currentTarget.open)}>
      <summary className="flex min-h-8 w-fit cursor-pointer items-center rounded-lg text-soft underline decoration-dotted underline-offset-3">
        {words.linking}
      </summary>
      <div className="max-w-md space-y-2 pb-1">
        <Trouble error={error ?? unread} />
        {data && (
          <p>
            {channels.length > 0
              ? fill(words.linkedWith, { channels: channels.join(', ') })
              : words.linkedNone}
          </p>
        )}
        {code !== null && (
          <Copyable label={fill(words.linkTell, { code })} value={fill(words.linkWords, { code })} />
        )}
        <p className="flex gap-4">
          <button type="button" disabled={busy} className={ACT} onClick={() => void make()}>
            {words.linkCode}
          </button>
          {channels.length > 0 && (
            <button type="button" disabled={busy} className={ACT} onClick={() => void unlink()}>
              {words.unlink}
            </button>
          )}
        </p>
      </div>
    </details>
  );
}
