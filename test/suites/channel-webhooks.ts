/** Webhooks of text messages as the platforms send them, and the signatures that they carry. */
import { createHash, createHmac } from 'node:crypto';

export const SECRET = 'a-signing-secret';
export const CHANNELS = ['facebook', 'whatsapp', 'telegram', 'zalo', 'tiktok'] as const;
export type Tested = (typeof CHANNELS)[number];
export const EXTERNAL: Readonly<Record<Tested, string>> = {
  facebook: '111',
  whatsapp: '222',
  telegram: '333',
  zalo: '444',
  tiktok: '555',
};

/** A text message as the platform's webhook has it, written at a time. */
export function webhook(
  channel: Tested,
  customer: string,
  text: string,
  id: string,
  at: number = Date.now(),
): object {
  switch (channel) {
    case 'facebook':
      return {
        object: 'page',
        entry: [
          {
            id: '111',
            time: at,
            messaging: [
              {
                sender: { id: customer },
                recipient: { id: '111' },
                timestamp: at,
                message: { mid: id, text },
              },
            ],
          },
        ],
      };
    case 'whatsapp':
      return {
        object: 'whatsapp_business_account',
        entry: [
          {
            id: '9',
            changes: [
              {
                field: 'messages',
                value: {
                  messaging_product: 'whatsapp',
                  metadata: { display_phone_number: '1', phone_number_id: '222' },
                  contacts: [{ profile: { name: 'An' }, wa_id: customer }],
                  messages: [
                    {
                      from: customer,
                      id,
                      timestamp: String(Math.floor(at / 1000)),
                      type: 'text',
                      text: { body: text },
                    },
                  ],
                },
              },
            ],
          },
        ],
      };
    case 'telegram':
      return {
        update_id: Number.parseInt(createHash('sha256').update(id).digest('hex').slice(0, 8), 16),
        message: {
          message_id: Number.parseInt(createHash('sha256').update(id).digest('hex').slice(0, 6), 16),
          from: { id: Number(customer), is_bot: false, first_name: 'An' },
          chat: { id: Number(customer), type: 'private' },
          date: Math.floor(at / 1000),
          text,
        },
      };
    case 'zalo':
      return {
        app_id: '77',
        sender: { id: customer },
        recipient: { id: '444' },
        event_name: 'user_send_text',
        message: { text, msg_id: id },
        timestamp: String(at),
      };
    case 'tiktok':
      return {
        client_key: 'k',
        event: 'im_receive_msg',
        create_time: Math.floor(at / 1000),
        user_openid: '555',
        content: JSON.stringify({
          message_id: id,
          conversation_id: `conv-${customer}`,
          from_user: { id: customer, role: 'personal_account' },
          to_user: { id: '555', role: 'business_account' },
          from: 'someone',
          to: 'us',
          timestamp: at,
          type: 'text',
          text: { body: text },
        }),
      };
  }
}

export function signed(
  channel: Tested,
  body: string,
  secret = SECRET,
  at = Math.floor(Date.now() / 1000),
): Record<string, string> {
  const hmac = (text: string) => createHmac('sha256', secret).update(text).digest('hex');
  switch (channel) {
    case 'telegram':
      return { 'x-telegram-bot-api-secret-token': secret };
    case 'zalo': {
      const { timestamp } = JSON.parse(body) as { timestamp: string };
      return {
        'x-zevent-signature': `mac=${createHash('sha256').update(`77${body}${timestamp}${secret}`).digest('hex')}`,
      };
    }
    case 'tiktok':
      return { 'tiktok-signature': `t=${at},s=${hmac(`${at}.${body}`)}` };
    default:
      return { 'x-hub-signature-256': `sha256=${hmac(body)}` };
  }
}
