/** Whose a conversation is: one of the people of the tenant, or nobody in particular. */
import { useId } from 'react';
import { useLoad } from '../portal/load.ts';
import { fill, useInboxWords } from './words.ts';

interface Props {
  readonly assignee: string | null;
  readonly by: string;
  readonly held: boolean;
  readonly busy: boolean;
  readonly onAssign: (to: string | null) => void;
}

export function Assign({ assignee, by, held, busy, onAssign }: Props) {
  const words = useInboxWords();
  const id = useId();
  const { data } = useLoad('membersList', {});
  const members = (data?.members ?? []).filter(({ state }) => state === 'active').map(({ email }) => email);
  const names = [...new Set([by, ...(assignee ? [assignee] : []), ...members])];
  return (
    <>
      <label htmlFor={id} className="sr-only">
        {words.assignTo}
      </label>
      <select
        id={id}
        disabled={busy}
        value={assignee ?? ''}
        onChange={event => onAssign(event.target.value || null)}
        className="min-h-11 min-w-0 max-w-56 flex-1 rounded-xl md:flex-none border border-line-strong bg-raised px-2.5 text-ink text-sm"
      >
        {!held && <option value="">{words.nobody}</option>}
        {names.map(name => (
          <option key={name} value={name}>
            {name === by ? fill(words.me, { name }) : name}
          </option>
        ))}
      </select>
    </>
  );
}
