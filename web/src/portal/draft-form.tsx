/** Forms of what is added or changed, and the buttons that lead to them. */
import type { ReactNode } from 'react';
import { Told } from './load.ts';
import { useSay } from './text.ts';
import { Button } from './ui.tsx';

export function DraftForm({
  busy,
  columns,
  onSave,
  onCancel,
  children,
}: {
  readonly busy: boolean;
  /** Fields side by side on a desk; one below the other without. */
  readonly columns?: 2 | 4;
  readonly onSave: () => Promise<unknown>;
  readonly onCancel: () => void;
  readonly children: ReactNode;
}) {
  const say = useSay();
  const form = { 2: 'grid gap-4 sm:grid-cols-2', 4: 'grid gap-4 sm:grid-cols-4' };
  const buttons = { 2: 'sm:col-span-2', 4: 'sm:col-span-4' };
  return (
    <form
      className={`mb-5 rounded-xl bg-sunken p-4 ${columns ? form[columns] : 'space-y-4'}`}
      onSubmit={event => {
        event.preventDefault();
        void onSave();
      }}
    >
      {children}
      <div className={`flex gap-2 ${columns ? buttons[columns] : ''}`}>
        <Button submit kind="main" disabled={busy}>
          {say('Save')}
        </Button>
        <Button onClick={onCancel}>{say('Cancel')}</Button>
      </div>
    </form>
  );
}

/** The button of a form that stays, and that it was saved. */
export function SaveRow({ busy, saved }: { readonly busy: boolean; readonly saved: boolean }) {
  const say = useSay();
  return (
    <div className="flex items-center gap-3">
      <Button submit kind="main" disabled={busy}>
        {say('Save')}
      </Button>
      <span role="status" className="text-soft text-sm">
        {saved && say('Saved.')}
      </span>
    </div>
  );
}

/** Change, look at the history of, and remove one thing of a list. */
export function DraftButtons({
  name,
  busy,
  history,
  onChange,
  onHistory,
  onRemove,
}: {
  readonly name: string;
  readonly busy: boolean;
  /** Its history is open. */
  readonly history?: boolean;
  readonly onChange: () => void;
  readonly onHistory?: () => void;
  readonly onRemove: () => void;
}) {
  const say = useSay();
  return (
    <>
      <Button label={say('Change {name}', { name })} onClick={onChange}>
        {say('Change')}
      </Button>
      {onHistory && (
        <Button pressed={history} label={say('History of {name}', { name })} onClick={onHistory}>
          {say('History')}
        </Button>
      )}
      <Button kind="danger" disabled={busy} label={say('Remove {name}', { name })} onClick={onRemove}>
        {say('Remove')}
      </Button>
    </>
  );
}

/** What a person wrote as JSON; anything else is told to them. */
export function readJson<T>(json: string): T {
  try {
    return JSON.parse(json) as T;
  } catch {
    throw new Told('That is no JSON.');
  }
}
