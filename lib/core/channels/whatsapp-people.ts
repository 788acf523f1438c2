/** Who is who in a WhatsApp payload: phone numbers, business-scoped user ids (since 2026), names. */
import { at, field, firstId, list, text } from './fields.ts';
import type { Json } from './json.ts';

export function peopleOf(item: Json): readonly string[] {
  return [
    'from',
    'to',
    'from_user_id',
    'to_user_id',
    'recipient_id',
    'recipient_user_id',
    'wa_id',
    'user_id',
  ].flatMap(name => firstId(item, name) ?? []);
}

export function aliases(item: Json, ...names: readonly string[]): readonly string[] {
  return names.flatMap(name => firstId(item, name) ?? []);
}

export function nameOf(value: Json, customerId: string | undefined): string | undefined {
  const contact = list(field(value, 'contacts')).find(
    each =>
      customerId !== undefined &&
      (firstId(each, 'wa_id') === customerId || firstId(each, 'user_id') === customerId),
  );
  return text(at(contact, 'profile', 'name'));
}
