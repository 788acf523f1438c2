/** The channels by name. Instagram has no address of its own: its webhooks arrive as Messenger's do. */
import type { ChannelAdapter } from './adapter.ts';
import { email } from './email.ts';
import { facebook } from './facebook.ts';
import type { Channel } from './message.ts';
import { telegram } from './telegram.ts';
import { tiktok } from './tiktok.ts';
import { web } from './web.ts';
import { whatsapp } from './whatsapp.ts';
import { zalo } from './zalo.ts';

export const ADAPTERS: Readonly<Record<Channel, ChannelAdapter>> = {
  facebook,
  instagram: { ...facebook, channel: 'instagram' },
  whatsapp,
  telegram,
  zalo,
  tiktok,
  web,
  email,
};
