/** Who `user:…` and `key:…` of the logs are, by the names that people know. */
import { useCallback } from 'react';
import { useLoad, useSession } from './load.ts';

export function useWho(): (actor: string) => string {
  const { me } = useSession();
  const { data: people } = useLoad('membersList', {});
  const { data: keys } = useLoad('keysList', me.scopes.includes('keys') ? {} : null);
  return useCallback(
    (actor: string) => {
      const [kind, id] = actor.split(':');
      if (kind === 'user') return people?.members.find(({ userId }) => userId === id)?.email ?? actor;
      if (kind === 'key') return keys?.keys.find(({ keyId }) => keyId === id)?.name ?? actor;
      return actor;
    },
    [people, keys],
  );
}
