/** What each platform wants to know of us and we of it, in the order in which somebody fills it in. */
import type { Operations } from '@troupe/client';

export type Platform = Operations['channelsConnect']['params']['channel'];

interface Asked {
  readonly label: string;
  readonly hint: string;
}

export interface Guide {
  readonly platform: Platform;
  readonly name: string;
  /** Where one finds what is asked below. */
  readonly from: string;
  readonly account?: Asked;
  readonly app?: Asked;
  readonly token: Asked;
  /** What the platform signs with; without one, it is made here and given to the platform. */
  readonly secret?: Asked;
  /** The platform asks for a token of ours before it sends anything; else the secret that was made here is given to it. */
  readonly handshake?: true;
  /** What to do at the platform with the address, and with the token or secret. */
  readonly after: string;
}

const appSecret: Asked = {
  label: 'App secret',
  hint: 'App settings, Basic. It signs everything that the platform sends.',
};
const META = 'At developers.facebook.com, in an app of yours with that product.';

export const GUIDES: readonly Guide[] = [
  {
    platform: 'facebook',
    name: 'Messenger',
    from: META,
    account: { label: 'Page id', hint: 'The number of your page.' },
    token: { label: 'Page access token', hint: 'Made under Messenger, API settings, for that page.' },
    secret: appSecret,
    handshake: true,
    after:
      'Under Messenger, API settings, Webhooks: give this address and this verify token, then subscribe the page to messages, messaging_postbacks, message_deliveries, message_reads and message_echoes.',
  },
  {
    platform: 'instagram',
    name: 'Instagram',
    from: META,
    account: { label: 'Instagram account id', hint: 'The number of the professional account.' },
    token: { label: 'Access token', hint: 'Of the page that the account is linked to.' },
    secret: appSecret,
    handshake: true,
    after:
      'Under Instagram, Webhooks: give this address and this verify token, then subscribe to messages, messaging_postbacks and messaging_seen.',
  },
  {
    platform: 'whatsapp',
    name: 'WhatsApp',
    from: META,
    account: { label: 'Phone number id', hint: 'Under WhatsApp, API setup. Not the phone number itself.' },
    token: {
      label: 'Access token',
      hint: 'A lasting one of a system user with whatsapp_business_messaging.',
    },
    secret: appSecret,
    handshake: true,
    after:
      'Under WhatsApp, Configuration: give this address and this verify token, then subscribe to messages.',
  },
  {
    platform: 'telegram',
    name: 'Telegram',
    from: 'From @BotFather, who makes bots.',
    token: { label: 'Bot token', hint: 'Such as 123456:ABC-DEF…' },
    after: 'Call setWebhook of the bot with this address as url and this secret as secret_token.',
  },
  {
    platform: 'zalo',
    name: 'Zalo',
    from: 'At developers.zalo.me, in the app that your Official Account is linked to.',
    account: { label: 'OA id', hint: 'The number of the Official Account.' },
    app: { label: 'App id', hint: 'Part of what Zalo signs.' },
    token: { label: 'OA access token', hint: 'Made for the Official Account in the app.' },
    secret: {
      label: 'OA secret key',
      hint: 'Under Official Account, Webhook. It signs everything that Zalo sends.',
    },
    after: 'Under Official Account, Webhook: give this address and switch on the events of messages.',
  },
  {
    platform: 'tiktok',
    name: 'TikTok',
    from: 'At business-api.tiktok.com, in your app for business messaging.',
    account: { label: 'Business id', hint: 'Of the account that customers write to.' },
    token: { label: 'Access token', hint: 'Of that business account.' },
    secret: { label: 'Client secret', hint: 'Of the app. It signs everything that TikTok sends.' },
    after: 'In the settings of the app, give this address as the callback of direct messages.',
  },
  {
    platform: 'email',
    name: 'E-mail',
    from: 'From whoever receives your mail: Postmark, Mailgun, SendGrid or a bridge of your own.',
    account: { label: 'Mailbox', hint: 'Answers are sent from it, such as help@shop.example.' },
    token: { label: 'Server for answers', hint: 'smtps://user:password@host:465' },
    after: 'Have incoming mail sent to this address, signed by Standard Webhooks with this secret.',
  },
];

/** Of a secret that is made here; letters that every platform takes. */
export function newSecret(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(24));
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_');
}
