/** How requests find their model: trials of another policy beside the present one, and whether outcomes have changed. */
import type { Operations } from '@troupe/client';
import { useState } from 'react';
import { DraftForm } from './draft-form.tsx';
import { NumberField, SelectField } from './fields.tsx';
import { useAct, useLoad, useSession } from './load.ts';
import { Table } from './table.tsx';
import { useSay, when } from './text.ts';
import { Badge, Button, Card, Empty, Loading, Trouble } from './ui.tsx';

type Canary = Operations['routerCanaries']['result']['canaries'][number];
type Candidate = Canary['candidate'];
type Drift = Operations['routerDrift']['result'];

const TIERS = ['SLM_A', 'SLM_B', 'LLM'] as const;
const STATES = {
  running: ['notice', 'under way'],
  promoted: ['good', 'kept'],
  'rolled-back': ['plain', 'taken back'],
} as const;
const SIGNALS = {
  quality: 'quality of answers',
  misroutes: 'wrong choices',
  cost: 'cost beside what was expected',
  latency: 'time beside what was expected',
} as const;
const LOOK_MS = 10_000;

export function Routing() {
  return (
    <>
      <Canaries />
      <DriftReport />
    </>
  );
}

function Canaries() {
  const say = useSay();
  const { session } = useSession();
  const { data, error: unread, again } = useLoad('routerCanaries', {}, LOOK_MS);
  const { busy, error, act } = useAct();
  const [open, setOpen] = useState(false);
  const running = data?.canaries.some(({ status }) => status === 'running') ?? true;
  const begin = (candidate: Candidate, share: number) =>
    act(async () => {
      await session.client.call('routerStartCanary', { candidate, share });
      again();
    }).then(done => done && setOpen(false));
  const stop = (canaryId: string) =>
    act(async () => {
      await session.client.call('routerStopCanary', { canaryId });
      again();
    });
  return (
    <Card
      title={say('Trials')}
      actions={!open && !running && <Button onClick={() => setOpen(true)}>{say('Begin a trial')}</Button>}
    >
      <p className="mb-4 text-soft">
        {say(
          'A share of conversations is answered by another policy. It ends by itself: taken back once it is surely worse, kept once it is surely no worse.',
        )}
      </p>
      {open && <Begin busy={busy} onBegin={begin} onCancel={() => setOpen(false)} />}
      <Trouble error={unread ?? error} />
      {!data && !unread && <Loading />}
      {data?.canaries.length === 0 && !open && (
        <Empty title={say('Nothing was tried yet')}>
          {say('Thumbs, marks and hand-overs tell which policy answers better.')}
        </Empty>
      )}
      {data && data.canaries.length > 0 && (
        <Table
          label={say('Trials')}
          head={[say('What'), say('State'), say('Outcomes'), say('Difference'), say('Began'), '']}
        >
          {data.canaries.map(({ canaryId, status, candidate, share, outcomes, startedAt, ...found }) => (
            <tr key={canaryId} data-testid="canary">
              <td className="font-medium">
                {candidateText(candidate, say)} · {percent(share)}
              </td>
              <td>
                <Badge tone={STATES[status][0]}>{say(STATES[status][1])}</Badge>
              </td>
              <td>
                {outcomes.candidate} / {outcomes.control}
              </td>
              <td>
                {outcomes.candidate > 0
                  ? `${signed(found.difference)} (${signed(found.low)} … ${signed(found.high)})`
                  : '–'}
              </td>
              <td>{when(startedAt)}</td>
              <td>
                {status === 'running' && (
                  <Button kind="danger" disabled={busy} onClick={() => void stop(canaryId)}>
                    {say('Take back')}
                  </Button>
                )}
              </td>
            </tr>
          ))}
        </Table>
      )}
    </Card>
  );
}

function Begin({
  busy,
  onBegin,
  onCancel,
}: {
  readonly busy: boolean;
  readonly onBegin: (candidate: Candidate, share: number) => Promise<unknown>;
  readonly onCancel: () => void;
}) {
  const say = useSay();
  const [tier, setTier] = useState<(typeof TIERS)[number] | 'threshold'>('threshold');
  const [suffices, setSuffices] = useState('80');
  const [share, setShare] = useState('10');
  const candidate = tier === 'threshold' ? { sufficesAt: Number(suffices) / 100 } : { tier };
  return (
    <DraftForm
      busy={busy}
      columns={2}
      onSave={() => onBegin(candidate, Number(share) / 100)}
      onCancel={onCancel}
    >
      <SelectField
        label={say('What to try')}
        value={tier}
        options={[
          ['threshold', say('The smallest tier, from another certainty on')],
          ...TIERS.map(each => [each, say('{tier} for everything', { tier: each })] as const),
        ]}
        onValue={setTier}
      />
      {tier === 'threshold' && (
        <NumberField
          label={say('Certainty in percent')}
          min={50}
          max={100}
          value={suffices}
          onValue={setSuffices}
        />
      )}
      <NumberField
        label={say('Conversations in percent')}
        hint={say('5 to 10')}
        min={5}
        max={10}
        value={share}
        onValue={setShare}
      />
    </DraftForm>
  );
}

function DriftReport() {
  const say = useSay();
  const { session } = useSession();
  const { busy, error, act } = useAct();
  const [report, setReport] = useState<Drift | null>(null);
  const make = () =>
    void act(async () => {
      setReport(await session.client.call('routerDrift', {}));
    });
  return (
    <Card
      title={say('Has anything changed?')}
      actions={
        <Button disabled={busy} onClick={make}>
          {say('Compare now')}
        </Button>
      }
    >
      <p className="mb-4 text-soft">
        {say('Outcomes of late beside those before, made each night; here anew.')}
      </p>
      <Trouble error={error} />
      <p role="status" className="mb-3">
        {report &&
          (report.outcomes === 0
            ? say('There are no outcomes yet.')
            : report.drifted
              ? say('Something has changed, by {n} outcomes.', { n: report.outcomes })
              : say('Nothing has changed, by {n} outcomes.', { n: report.outcomes }))}
      </p>
      {report && report.outcomes > 0 && (
        <Table label={say('Signals')} head={[say('Signal'), say('Before'), say('Now'), say('Since')]}>
          {report.signals.map(({ signal, drifted, baseline, present, since }) => (
            <tr key={signal}>
              <td className="font-medium">
                {say(SIGNALS[signal])} {drifted && <Badge tone="danger">{say('changed')}</Badge>}
              </td>
              <td>{figure(baseline)}</td>
              <td>{figure(present)}</td>
              <td>{when(since)}</td>
            </tr>
          ))}
        </Table>
      )}
    </Card>
  );
}

function candidateText({ tier, sufficesAt }: Candidate, say: ReturnType<typeof useSay>): string {
  if (tier) return say('{tier} for everything', { tier });
  return say('The smallest tier from {share} on', { share: percent(sufficesAt ?? 0) });
}

const percent = (share: number) => `${Math.round(share * 100)} %`;
const figure = (value: number) => String(Math.round(value * 1_000) / 1_000);
const signed = (value: number) => `${value > 0 ? '+' : ''}${figure(value)}`;
