/** The newest command ids of one actor and the rows that accepted them; older ones are found in the journal. */

/** Most ids remembered for each actor. */
const MOST = 64;

export class RecentCommands {
  #rows: Map<string, number> | undefined;

  seqOf(commandId: string): number | undefined {
    return this.#rows?.get(commandId);
  }

  remember(commandId: string, seq: number): void {
    this.#rows ??= new Map();
    const rows = this.#rows;
    rows.set(commandId, seq);
    if (rows.size > MOST) rows.delete(rows.keys().next().value!);
  }
}
