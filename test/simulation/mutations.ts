/** Ways to break the platform on purpose, to see that the simulation notices. */
export const MUTATIONS = {
  'epoch-unchecked': 'an append is taken though its writer has lost its lease',
  'sequence-unchecked': 'an append whose sequence number is taken gets the next free one',
  'command-unchecked': 'a command id may be accepted twice',
  'early-acknowledge': 'an append is answered, and its effects begin, before it is on disk',
  'content-unchecked': 'after an unknown outcome any row of that number counts as ours',
  'low-water-high': 'the low-water mark is put above what is unfinished',
  'fence-unlocked': 'a lease is declared lost while its appends are under way',
  'adoption-unwritten': 'an adoption is answered without a row',
  'once-again': 'a tool that must not run twice is run again after a crash',
} as const;

export type Mutation = keyof typeof MUTATIONS;

export function isMutation(name: string): name is Mutation {
  return Object.hasOwn(MUTATIONS, name);
}
