/** What an account must have before it can be used. */
import { TroupeError } from '../../kernel/errors.ts';
import type { Channel } from './message.ts';

const MAILBOX = /^[^\s@<>]+@[^\s@<>]+$/;

/** Throws `validation-failed`. */
export function checkAccount(channel: Channel, externalId: string | null, accessToken: string): void {
  if (channel !== 'email') return;
  if (!MAILBOX.test(externalId ?? ''))
    throw new TroupeError(
      'validation-failed',
      'externalId of mail is the mailbox that answers are sent from',
    );
  const server = URL.canParse(accessToken) ? new URL(accessToken) : undefined;
  if (!server || !['smtp:', 'smtps:'].includes(server.protocol) || server.hostname === '')
    throw new TroupeError('validation-failed', 'accessToken of mail is smtps://user:password@host:465');
}
