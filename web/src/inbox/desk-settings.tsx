/** What people keep at their desk: replies to hand, and within what time customers are to have an answer. */
import { useEffect, useState } from 'react';
import { Field, INPUT, NumberField } from '../portal/fields.tsx';
import { useAct, useLoad, useSession } from '../portal/load.ts';
import { useSay } from '../portal/text.ts';
import { Button, Card, Empty, Link, Loading, Page, Trouble } from '../portal/ui.tsx';

export function DeskSettings() {
  const say = useSay();
  return (
    <div className="min-h-0 flex-1 overflow-y-auto">
      <main>
        <Page
          title={say('Replies and times')}
          about={say('What your team keeps to hand, and how long customers may wait for a person.')}
          actions={<Link to="/inbox">{say('Back to the inbox')}</Link>}
        >
          <Times />
          <Replies />
        </Page>
      </main>
    </div>
  );
}

function Times() {
  const say = useSay();
  const { session } = useSession();
  const { data, again } = useLoad('deskPolicy', {});
  const { busy, error, act } = useAct();
  const [first, setFirst] = useState('');
  const [next, setNext] = useState('');
  const [kept, setKept] = useState(false);
  useEffect(() => {
    if (!data) return;
    setFirst(String(data.firstReplyMinutes));
    setNext(String(data.nextReplyMinutes));
  }, [data]);
  const save = () =>
    act(async () => {
      const policy = { firstReplyMinutes: Number(first), nextReplyMinutes: Number(next) };
      // What stands there now is what this person has seen: another's change in between is refused.
      const seen = await session.client.request('deskPolicy', {});
      await session.client.call('deskPutPolicy', policy, { ifMatch: seen.headers.get('etag') ?? '*' });
      again();
    }).then(setKept);
  if (!data) return <Loading />;
  return (
    <Card title={say('Times')}>
      <form
        className="grid gap-4 sm:grid-cols-2"
        onSubmit={event => {
          event.preventDefault();
          void save();
        }}
      >
        <NumberField
          label={say('First answer, minutes')}
          hint={say('From when the agent asks for a person until one takes over.')}
          min={1}
          max={10_080}
          value={first}
          onValue={setFirst}
        />
        <NumberField
          label={say('Next answers, minutes')}
          hint={say('From a message of the customer until the person answers.')}
          min={1}
          max={10_080}
          value={next}
          onValue={setNext}
        />
        <div className="sm:col-span-2">
          <Trouble error={error} />
          <Button submit disabled={busy}>
            {say('Save')}
          </Button>
          <span role="status" className="ml-3 text-soft text-sm">
            {kept && say('Saved.')}
          </span>
        </div>
      </form>
    </Card>
  );
}

interface Draft {
  readonly replyId: string;
  readonly version: number;
  readonly shortcut: string;
  readonly text: string;
}

function Replies() {
  const say = useSay();
  const { session } = useSession();
  const { data, again } = useLoad('deskReplies', {});
  const { busy, error, act } = useAct();
  const [draft, setDraft] = useState<Draft | null>(null);
  const fresh = (): Draft => ({ replyId: crypto.randomUUID(), version: 0, shortcut: '', text: '' });
  const save = (given: Draft) =>
    act(async () => {
      const { replyId, shortcut, text, version } = given;
      await session.client.call('deskPutReply', { replyId, shortcut, text, ifVersion: version });
      again();
    }).then(done => done && setDraft(null));
  const remove = (replyId: string) =>
    act(async () => {
      await session.client.call('deskDeleteReply', { replyId });
      again();
    });
  const replies = data?.replies ?? [];
  return (
    <Card
      title={say('Replies to hand')}
      actions={draft ? null : <Button onClick={() => setDraft(fresh())}>{say('Add a reply')}</Button>}
    >
      {draft && (
        <form
          className="mb-5 space-y-4 rounded-xl bg-sunken p-4"
          onSubmit={event => {
            event.preventDefault();
            void save(draft);
          }}
        >
          <Field label={say('Shortcut')} hint={say('What you type after a slash to find it.')}>
            {ids => (
              <input
                {...ids}
                required
                maxLength={60}
                value={draft.shortcut}
                onChange={event => setDraft({ ...draft, shortcut: event.target.value })}
                className={INPUT}
              />
            )}
          </Field>
          <Field
            label={say('Reply')}
            hint={say('Lines at its end like [[Yes, please]] become buttons that the customer can press.')}
          >
            {ids => (
              <textarea
                {...ids}
                required
                rows={4}
                maxLength={4_000}
                value={draft.text}
                onChange={event => setDraft({ ...draft, text: event.target.value })}
                className={INPUT}
              />
            )}
          </Field>
          <div className="flex gap-2">
            <Button submit kind="main" disabled={busy}>
              {say('Save')}
            </Button>
            <Button onClick={() => setDraft(null)}>{say('Cancel')}</Button>
          </div>
        </form>
      )}
      <Trouble error={error} />
      {data && replies.length === 0 && !draft ? (
        <Empty title={say('No replies yet')}>
          {say('Add what you write often. In the inbox, type / to find it.')}
        </Empty>
      ) : (
        <ul className="divide-y divide-line">
          {replies.map(reply => (
            <li key={reply.replyId} className="flex flex-wrap items-start gap-3 py-3">
              <div className="min-w-0 flex-1 basis-60">
                <p className="font-medium">/{reply.shortcut}</p>
                <p className="whitespace-pre-wrap text-sm text-soft wrap-anywhere">{reply.text}</p>
              </div>
              <Button label={say('Change /{name}', { name: reply.shortcut })} onClick={() => setDraft(reply)}>
                {say('Change')}
              </Button>
              <Button
                kind="danger"
                disabled={busy}
                label={say('Remove /{name}', { name: reply.shortcut })}
                onClick={() => void remove(reply.replyId)}
              >
                {say('Remove')}
              </Button>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}
