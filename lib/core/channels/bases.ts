/** Where the platforms are reached, as a setting may say it. */
import { TroupeError } from '../../kernel/errors.ts';
import { CHANNELS, type Channel } from './message.ts';

/** `<channel>=<address>` each. Throws `config-invalid`. */
export function basesOf(entries: readonly string[]): Readonly<Partial<Record<Channel, string>>> {
  return Object.fromEntries(
    entries.map(entry => {
      const equals = entry.indexOf('=');
      const channel = CHANNELS.find(each => each === entry.slice(0, equals));
      const address = entry.slice(equals + 1);
      if (!channel || !URL.canParse(address))
        throw new TroupeError(
          'config-invalid',
          `TROUPE_CHANNEL_BASES: "${entry.slice(0, 40)}" is not <channel>=<address>`,
        );
      return [channel, address.replace(/\/+$/, '')];
    }),
  );
}
