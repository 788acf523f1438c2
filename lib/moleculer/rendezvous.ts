/**
 * Placement by rendezvous hashing (highest random weight; Thaler & Ravishankar 1998): each node is weighed
 * against the key and the heaviest wins. A node that joins or leaves moves only the keys that it wins or held:
 * the ideal share. Placement is a hint; the journal's append is the lock.
 */
import { type Context, type ServiceBroker, Strategies } from 'moleculer';
import { invariant, TroupeError } from '../kernel/errors.ts';

/** FNV-1a over UTF-16 units, then murmur3's finaliser so that similar keys spread. 32 bits, unsigned. */
export function hash32(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  h ^= h >>> 16;
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

function weigh(keyHash: number, nodeHash: number): number {
  let h = keyHash ^ nodeHash;
  h = Math.imul(h ^ (h >>> 16), 0x7feb352d);
  h = Math.imul(h ^ (h >>> 15), 0x846ca68b);
  return (h ^ (h >>> 16)) >>> 0;
}

/** The node that holds a key. The order of `nodes` does not matter. */
export function placeOn(key: string, nodes: readonly string[]): string {
  invariant(nodes.length > 0, 'a key is placed among at least one node');
  const keyHash = hash32(key);
  let best = nodes[0]!;
  let weight = -1;
  for (const node of nodes) {
    const own = weigh(keyHash, hash32(node));
    if (own > weight || (own === weight && node < best)) {
      best = node;
      weight = own;
    }
  }
  return best;
}

interface PlacementOptions {
  readonly placement: readonly string[];
}

/** The balancing strategy of actions whose contract names a placement. Throws when the key is missing, rather than guessing. */
export class RendezvousStrategy extends Strategies.Base {
  readonly #placement: readonly string[];

  constructor(registry: never, broker: ServiceBroker, options: object) {
    super(registry, broker, options);
    this.#placement = (options as PlacementOptions).placement;
  }

  override select<T extends { id: string }>(list: T[], ctx?: Context): T {
    const placement = this.#placement;
    const params = ctx?.params as Record<string, unknown> | undefined;
    const { tenantId } = (ctx?.meta ?? {}) as { tenantId?: unknown };
    const parts = placement.map(name => params?.[name]);
    if (!tenantId || parts.some(part => part === undefined || part === null))
      throw new TroupeError(
        'validation-failed',
        `This call is placed by tenant and ${placement.join(', ')}; one of them is missing`,
      );
    const node = placeOn(
      `${String(tenantId)} ${parts.join(' ')}`,
      list.map(endpoint => endpoint.id),
    );
    return list.find(endpoint => endpoint.id === node)!;
  }
}

/** Every process must do this before its broker starts: classes do not cross the network, names do. */
export function registerRendezvous(): void {
  Strategies.register('Rendezvous', RendezvousStrategy as never);
}
