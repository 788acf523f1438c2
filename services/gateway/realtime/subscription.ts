/** A listener of one conversation and how far it has been told. */
import type { EventPlace } from '../../../lib/core/realtime/event-place.ts';
import type { Connection } from './connection.ts';

export class Subscription {
  readonly connection: Connection;
  /** The last event that was given to the connection: written, or waiting there. */
  place: EventPlace;
  /** The last event that the socket took. */
  written: EventPlace;
  live = false;
  pumping = false;

  constructor(connection: Connection, place: EventPlace) {
    this.connection = connection;
    this.place = place;
    this.written = place;
  }
}
