/** What all renderers share. */
import type { OutboundMessage, Piece, RenderContext, RenderedRequest } from './outbound.ts';

export type Renderer = (piece: Piece, context: RenderContext) => RenderedRequest | null;

export function post(path: string, body: Record<string, unknown>): RenderedRequest {
  return { method: 'POST', path, body: present(body) };
}

export function present(body: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined));
}

export function placeText({
  name,
  address,
  latitude,
  longitude,
}: NonNullable<OutboundMessage['location']>): string {
  const map = `https://maps.google.com/?q=${latitude},${longitude}`;
  return [name, address, map].filter(each => each !== undefined).join('\n');
}

/** A header is one line: a line break in it would begin a header of the text's own choice. */
export function oneLine(header: string): string {
  return header.replace(/[\r\n]+/g, ' ');
}
