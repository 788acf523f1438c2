/**
 * Who listens to a conversation, over socket.io's rooms, on whichever node: passing news go to all others, and
 * presence is counted there. Colleagues hear who of them it is; customers only that it is a person.
 */
import type { Socket } from 'socket.io';
import type { SocketEvent } from '../../../lib/contracts/realtime.ts';

/** What other nodes know of a socket: of what it signed in with, never of what it says. */
export interface SocketData {
  readonly tenantId: string;
  /** May act as a person. */
  readonly person: boolean;
  readonly who: { readonly id: string; readonly name: string };
}

const all = (tenantId: string, id: string) => `conversation:${tenantId}/${id}`;
const colleagues = (tenantId: string, id: string) => `colleagues:${tenantId}/${id}`;
const dataOf = (socket: { data: unknown }) => socket.data as SocketData;

export async function joinRooms(socket: Socket, conversationId: string): Promise<void> {
  const { tenantId, person } = dataOf(socket);
  const room = all(tenantId, conversationId);
  await socket.join(person ? [room, colleagues(tenantId, conversationId)] : room);
}

export function leaveRooms(socket: Socket, conversationId: string): void {
  const { tenantId } = dataOf(socket);
  void socket.leave(all(tenantId, conversationId));
  void socket.leave(colleagues(tenantId, conversationId));
}

/** Dropped for sockets that are busy. */
export function tellOthers(
  socket: Socket,
  conversationId: string,
  event: SocketEvent['event'],
  data: Record<string, unknown>,
): void {
  const { tenantId, person, who } = dataOf(socket);
  const told = (more: object = {}): SocketEvent => ({ conversationId, event, data: { ...data, ...more } });
  const [room, desk] = [all(tenantId, conversationId), colleagues(tenantId, conversationId)];
  if (!person) return void socket.to(room).volatile.emit('event', told());
  socket.to(room).except(desk).volatile.emit('event', told());
  socket.to(desk).volatile.emit('event', told({ by: who }));
}

/** How many customers and persons are there; for a colleague also which. */
export async function whoIsThere(socket: Socket, conversationId: string): Promise<object> {
  const { tenantId, person } = dataOf(socket);
  const there = (await socket.nsp.in(all(tenantId, conversationId)).fetchSockets()).map(dataOf);
  const persons = there.filter(each => each.person);
  const told = { customers: there.length - persons.length, persons: persons.length };
  // Who has it open in several windows is one of them.
  return person ? { ...told, people: [...new Map(persons.map(({ who }) => [who.id, who])).values()] } : told;
}
