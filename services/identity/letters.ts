/** What mails say. Links carry their secret after the `#`: browsers keep that to themselves, logs never see it. */
import type { Letter } from '../../lib/io/mail.ts';

export function confirmMail(to: string, name: string, publicUrl: string, token: string): Letter {
  return {
    to,
    subject: 'Confirm your address for Troupe',
    text: `Hello,

somebody, hopefully you, asked for a Troupe tenant named "${oneLine(name)}".
Open this link within a day to confirm your address:

${publicUrl}/account/confirm#${token}

If it was not you, do nothing: without the link nothing is made.
`,
  };
}

export function passwordMail(
  to: string,
  publicUrl: string,
  token: string,
  why: 'forgot' | 'invited',
): Letter {
  return {
    to,
    subject: why === 'invited' ? 'You are invited to Troupe' : 'Set a new password for Troupe',
    text: `Hello,

${why === 'invited' ? 'you are invited to help answer customers in Troupe.' : 'somebody, hopefully you, forgot the password of this address.'}
Open this link ${why === 'invited' ? 'within three days' : 'within an hour'} to set your password:

${publicUrl}/account/password#${token}

If it was not you, do nothing.
`,
  };
}

/** A name that somebody else chose must not look like a part of the letter. */
const oneLine = (text: string) =>
  text
    .replace(/\s+/g, ' ')
    .replace(/https?:\/\//gi, '')
    .slice(0, 100);
