/** One way in for whoever has credentials, by whichever protocol: heard at all, known, within the limits. */
import type { IncomingMessage } from 'node:http';
import type { ServiceBroker } from 'moleculer';
import type { HttpRoute } from '../../lib/contracts/contract.ts';
import type { Coordination } from '../../lib/io/coordination.ts';
import type { Clock } from '../../lib/kernel/clock.ts';
import type { Config } from '../../lib/kernel/config.ts';
import { hasCode } from '../../lib/kernel/errors.ts';
import { type Authenticator, createAuthenticator, type Identity } from './authentication.ts';
import { type AddressOf, clientAddress } from './client-address.ts';
import { createLimits, type Limits, type SetHeader } from './limits.ts';

export interface DoorPorts {
  readonly authenticator: Authenticator;
  readonly limits: Limits;
  readonly addressOf: AddressOf;
}

/** Rejects with `unauthenticated` or `rate-limited`; sets the headers of the limits. */
export async function letIn(
  { authenticator, limits, addressOf }: DoorPorts,
  request: IncomingMessage,
  header: SetHeader,
  route?: HttpRoute,
): Promise<Identity> {
  const ip = addressOf(request);
  limits.listen(ip);
  const identity = await authenticator.request(request).catch((error: unknown) =>
    // Who shows nothing guesses nothing.
    hasCode(error, 'unauthenticated') && request.headers.authorization
      ? limits.wrong(ip, error)
      : Promise.reject(error),
  );
  await limits.admit(ip, header, identity, route);
  return identity;
}

export interface OpenDoor extends DoorPorts {
  close(): Promise<void>;
}

/** Listens for what is revoked for as long as it is open. */
export async function openDoor(
  broker: ServiceBroker,
  ports: { readonly config: Config; readonly clock: Clock; readonly coordination: Coordination },
): Promise<OpenDoor> {
  const { config, clock, coordination } = ports;
  const authenticator = createAuthenticator(broker, clock);
  const close = await coordination.subscribe(
    'identity.revoked',
    message => authenticator.forget((message as { tenantId: string }).tenantId),
    () => authenticator.forget(),
  );
  return {
    authenticator,
    limits: createLimits(coordination, clock, config.TROUPE_ADDRESS_PER_MINUTE),
    addressOf: clientAddress(config.TROUPE_TRUSTED_PROXIES),
    close,
  };
}
