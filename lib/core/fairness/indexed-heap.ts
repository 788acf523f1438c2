/** A binary min-heap that finds its members by key, so that a changed priority is one sift. Ties by arrival. */

export interface Keyed {
  readonly key: string;
}

export class IndexedHeap<T extends Keyed> {
  private readonly items: { member: T; priority: number; order: number }[] = [];
  private readonly places = new Map<string, number>();
  private arrivals = 0;

  get size(): number {
    return this.items.length;
  }

  has(key: string): boolean {
    return this.places.has(key);
  }

  /** Least priority, or undefined. */
  peek(): T | undefined {
    return this.items[0]?.member;
  }

  peekPriority(): number | undefined {
    return this.items[0]?.priority;
  }

  /** Adds the member, or moves it to a new priority. */
  set(member: T, priority: number): void {
    const at = this.places.get(member.key);
    if (at === undefined) {
      this.items.push({ member, priority, order: this.arrivals++ });
      this.places.set(member.key, this.items.length - 1);
      this.up(this.items.length - 1);
      return;
    }
    this.items[at]!.priority = priority;
    this.up(at);
    this.down(this.places.get(member.key)!);
  }

  remove(key: string): boolean {
    const at = this.places.get(key);
    if (at === undefined) return false;
    const last = this.items.pop()!;
    this.places.delete(key);
    if (at < this.items.length) {
      this.put(at, last);
      this.up(at);
      this.down(this.places.get(last.member.key)!);
    }
    return true;
  }

  private before(a: number, b: number): boolean {
    const x = this.items[a]!;
    const y = this.items[b]!;
    return x.priority < y.priority || (x.priority === y.priority && x.order < y.order);
  }

  private up(from: number): void {
    let at = from;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.before(at, parent)) return;
      this.swap(at, parent);
      at = parent;
    }
  }

  private down(from: number): void {
    let at = from;
    for (;;) {
      const left = 2 * at + 1;
      if (left >= this.items.length) return;
      const right = left + 1;
      const least = right < this.items.length && this.before(right, left) ? right : left;
      if (!this.before(least, at)) return;
      this.swap(at, least);
      at = least;
    }
  }

  private swap(a: number, b: number): void {
    const held = this.items[a]!;
    this.put(a, this.items[b]!);
    this.put(b, held);
  }

  private put(at: number, item: { member: T; priority: number; order: number }): void {
    this.items[at] = item;
    this.places.set(item.member.key, at);
  }
}
