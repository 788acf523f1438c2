/** Messages, turns and answers: what was acknowledged against what the journal holds. */
import type { Answered, Findings, Sent } from './checker.ts';
import { answerTo, readPlan } from './plan.ts';
import type { JournalEvent, JournalLine, Records } from './records.ts';

interface Turn {
  readonly number: number;
  readonly messages: readonly string[];
  answers: { id: string; text: string }[];
  failures: string[];
}

/** A row may begin its transaction just before its writer's lease is declared lost, and be seen just after. */
const LEASE_MARGIN_MS = 1_000;

export function checkJournal(records: Records, findings: Findings): Record<string, number> {
  const { journal, acks } = records;
  const sent = Map.groupBy(
    acks.filter(ack => ack.kind === 'sent'),
    ack => ack.conversation,
  );
  const told = Map.groupBy(
    acks.filter((ack): ack is Answered => ack.kind === 'answered' || ack.kind === 'repeat'),
    ack => ack.message,
  );
  const acceptedAt = new Map<string, number>();
  for (const ack of acks) {
    if (ack.kind !== 'accepted') continue;
    acceptedAt.set(ack.message, ack.seq);
  }
  let turns = 0;
  for (const [conversation, messages] of sent) {
    const rows = journal.get(`conversation/${conversation}`) ?? [];
    checkRows(conversation, rows, findings);
    const all = checkTurns(conversation, rows, findings);
    turns += all.length;
    checkMessages(messages, rows, all, { told, acceptedAt }, findings);
  }
  for (const actor of journal.keys())
    if (!sent.has(actor.slice('conversation/'.length))) findings.add('unknown-actor', actor);
  checkLeases(records, findings);
  return {
    conversations: sent.size,
    messages: acks.filter(ack => ack.kind === 'sent').length,
    acknowledgedAccepted: acceptedAt.size,
    acknowledgedAnswers: acks.filter(ack => ack.kind === 'answered').length,
    repeatedAnswers: acks.filter(ack => ack.kind === 'repeat').length,
    turns,
    journalRows: records.rows,
  };
}

function checkRows(conversation: string, rows: readonly JournalLine[], findings: Findings): void {
  rows.forEach((row, index) => {
    if (row.seq === index + 1) return;
    const before = rows[index - 1];
    if (before && before.seq === row.seq) findings.add('sequence-doubled', `${conversation} row ${row.seq}`);
    else if (!before || before.seq + 1 !== row.seq)
      findings.add('sequence-gap', `${conversation} row ${row.seq}`);
  });
  if (rows.at(-1)?.unfinished) findings.add('left-unfinished', `${conversation} row ${rows.at(-1)!.seq}`);
}

function checkTurns(conversation: string, rows: readonly JournalLine[], findings: Findings): Turn[] {
  const turns: Turn[] = [];
  let present: Turn | undefined;
  const events: JournalEvent[] = rows.flatMap(row => row.events);
  for (const event of events) {
    const where = `${conversation} turn ${event.turn}`;
    if (event.type === 'TurnStarted') {
      if (present) findings.add('turns-overlap', where);
      if (event.turn !== turns.length + 1) findings.add('turn-order-broken', where);
      present = {
        number: event.turn as number,
        messages: event.messageIds as string[],
        answers: [],
        failures: [],
      };
      turns.push(present);
    } else if (event.type === 'TurnCompleted' || event.type === 'TurnFailed') {
      const turn = turns.find(each => each.number === event.turn);
      if (!turn) findings.add('turn-order-broken', where);
      else if (event.type === 'TurnFailed') turn.failures.push(event.code as string);
      else turn.answers.push(event.message as { id: string; text: string });
      present = undefined;
    }
  }
  return turns;
}

function checkMessages(
  messages: readonly Sent[],
  rows: readonly JournalLine[],
  turns: readonly Turn[],
  acknowledged: { told: ReadonlyMap<string, readonly Answered[]>; acceptedAt: ReadonlyMap<string, number> },
  findings: Findings,
): void {
  const received: { message: string; seq: number; text: string }[] = rows.flatMap(row =>
    row.events
      .filter(event => event.type === 'MessageReceived')
      .map(event => ({ message: event.messageId as string, seq: row.seq, text: event.text as string })),
  );
  const order = messages.map(sent => sent.message);
  const inJournal = received.map(each => each.message);
  // Each message was sent when the one before was known to be accepted: any other order is broken.
  const expected = order.filter(message => inJournal.includes(message));
  if (new Set(inJournal).size === inJournal.length && expected.join() !== inJournal.join())
    findings.add(
      'message-order-broken',
      `${messages[0]!.conversation}: ${inJournal.join(' ').slice(0, 200)}`,
    );
  const inTurns = turns.flatMap(turn => turn.messages);
  if (
    new Set(inTurns).size === inTurns.length &&
    inJournal.filter(m => inTurns.includes(m)).join() !== inTurns.join()
  )
    findings.add('turn-order-broken', `${messages[0]!.conversation}: ${inTurns.join(' ').slice(0, 200)}`);

  for (const { message, text } of messages) {
    const told = acknowledged.told.get(message) ?? [];
    const acceptedAt = acknowledged.acceptedAt.get(message);
    const copies = received.filter(each => each.message === message);
    const own = turns.filter(turn => turn.messages.includes(message));
    const answers = own.flatMap(turn => turn.answers);
    const wasAcknowledged = told.length > 0 || acceptedAt !== undefined;
    if (copies.length === 0 && wasAcknowledged) findings.add('acknowledged-lost', message);
    if (copies.length > 1) findings.add('message-received-twice', message);
    if (copies[0] && copies[0].text !== text) findings.add('message-altered', message);
    if (acceptedAt !== undefined && copies[0] && copies[0].seq !== acceptedAt)
      findings.add('acknowledged-elsewhere', `${message} at ${acceptedAt}, stands at ${copies[0].seq}`);
    if (own.length > 1 || answers.length > 1) findings.add('answered-twice', message);
    for (const code of own.flatMap(turn => turn.failures)) findings.add('turn-failed', `${message}: ${code}`);
    if (answers.length === 0 && !own.some(turn => turn.failures.length > 0))
      findings.add(told.length > 0 ? 'acknowledged-lost' : 'unanswered', message);
    const right = answerTo(readPlan(text));
    for (const { text: given } of answers)
      if (given !== right) findings.add('answer-wrong', `${message}: ${given}`);
    for (const ack of told) {
      if (ack.status !== 'answered') findings.add('told-otherwise', `${message}: ${ack.status}`);
      else if (!answers.some(answer => answer.id === ack.answerId && answer.text === ack.text))
        findings.add('answer-differs', `${message}: told ${ack.answerId}`);
      if (own[0] && ack.turn !== own[0].number) findings.add('turn-differs', `${message}: told ${ack.turn}`);
      if (ack.answerId !== told[0]!.answerId) findings.add('repeat-differs', message);
    }
  }
}

function checkLeases({ journal, leases, leasesNow }: Records, findings: Findings): void {
  const lostAt = new Map<number, number>();
  for (const { epoch, state, at } of leases)
    if (state !== 'alive' && !lostAt.has(epoch)) lostAt.set(epoch, at);
  for (const rows of journal.values())
    for (const row of rows) {
      const lost = lostAt.get(row.epoch);
      if (lost !== undefined && row.at > lost + LEASE_MARGIN_MS)
        findings.add(
          'written-without-lease',
          `${row.actor} row ${row.seq}, ${row.at - lost} ms after lease ${row.epoch} was lost`,
        );
    }
  for (const [epoch, state] of leasesNow)
    if (state === 'lost') findings.add('lease-not-recovered', `lease ${epoch}`);
}
