/** One way in for whoever has credentials, by whichever protocol: heard at all, known, within the limits. */
import type { IncomingMessage } from 'node:http';
import type { ServiceBroker } from 'moleculer';
import type { HttpRoute } from '../../lib/contracts/contract.ts';
import { REVOKED, type Revoked } from '../../lib/contracts/revoked.ts';
import { boundRegion, refuseForeign } from '../../lib/core/models/residency.ts';
import type { Coordination } from '../../lib/io/coordination.ts';
import type { Models } from '../../lib/io/models/open-models.ts';
import { type Clock, untilLook } from '../../lib/kernel/clock.ts';
import type { Config } from '../../lib/kernel/config.ts';
import { hasCode, TroupeError } from '../../lib/kernel/errors.ts';
import type { Log } from '../../lib/kernel/log.ts';
import type { Identity } from './authentication.ts';
import { type Authenticator, createAuthenticator } from './authenticator.ts';
import { type AddressOf, clientAddress } from './client-address.ts';
import { createLimits, type Limits, type SetHeader } from './limits.ts';

export interface DoorPorts {
  readonly authenticator: Authenticator;
  readonly limits: Limits;
  readonly addressOf: AddressOf;
  /** Refuses whose data is not to be here. */
  readonly stays: (identity: Identity, request: Pick<IncomingMessage, 'headers'>) => void;
}

/**
 * Refuses with `unauthenticated` or `rate-limited`, thrown at once or later; sets the headers of the limits. Whoever
 * is known already and is counted in memory is let in without waiting for anything.
 */
export function letIn(
  { authenticator, limits, addressOf, stays }: DoorPorts,
  request: IncomingMessage,
  header: SetHeader,
  route?: HttpRoute,
): Identity | Promise<Identity> {
  const ip = addressOf(request);
  limits.listen(ip);
  const admit = (identity: Identity) => {
    stays(identity, request);
    const admitted = limits.admit(ip, header, identity, route);
    return admitted ? admitted.then(() => identity) : identity;
  };
  const wrong = (error: unknown): Promise<never> =>
    // Who shows nothing guesses nothing.
    hasCode(error, 'unauthenticated') && request.headers.authorization
      ? limits.wrong(ip, error)
      : Promise.reject(error);
  let identity: Identity | Promise<Identity>;
  try {
    identity = authenticator.request(request);
  } catch (error) {
    return wrong(error);
  }
  return identity instanceof Promise ? identity.catch(wrong).then(admit) : admit(identity);
}

export interface OpenDoor extends DoorPorts {
  /** Who a socket's token says he is; refuses as `letIn` does for where his data is to be. */
  known(token: string): Promise<Identity>;
  close(): Promise<void>;
}

/** Who is connected with credentials that end meanwhile. */
export interface Connected {
  /** Lets those go who are meant, and tells them why. */
  letGo(isMeant: (identity: Identity) => boolean, why: TroupeError): void;
  /** News may have been missed: nothing is believed of anybody who is connected. */
  confirmAll(): void;
}

/** How often connections are looked through for credentials that have run out. */
const LOOK_MS = 1_000;

/** Listens for what is revoked, and looks for what has run out, for as long as it is open. */
export async function openDoor(
  broker: ServiceBroker,
  ports: {
    readonly config: Config;
    readonly clock: Clock;
    readonly coordination: Coordination;
    readonly models: Pick<Models, 'gate'>;
    readonly log: Log;
  },
  connected: Connected,
): Promise<OpenDoor> {
  const { config, clock, coordination, models, log } = ports;
  const here = config.TROUPE_REGION || undefined;
  const authenticator = createAuthenticator(broker, clock, log);
  const close = await coordination.subscribe(
    REVOKED,
    message => {
      const { tenantId, ended } = message as Revoked;
      authenticator.forget(tenantId);
      if (ended)
        connected.letGo(
          ({ tenantId: whose, subject }) =>
            whose === tenantId &&
            subject.kind === ended.kind &&
            (ended.id === undefined || subject.id === ended.id),
          new TroupeError(
            'unauthenticated',
            'These credentials were revoked or changed: connect again with valid ones',
          ),
        );
    },
    () => {
      authenticator.forget();
      connected.confirmAll();
    },
  );
  const stays: DoorPorts['stays'] = ({ tenantId, region }, { headers }) => {
    const wanted = headers['x-data-region'];
    if (here === undefined && wanted === undefined) return;
    models.gate.withinRegion(tenantId, () => {
      refuseForeign(here, region);
      refuseForeign(here, boundRegion(region, wanted as string | undefined));
    });
  };
  const look = () => {
    const now = clock.now();
    connected.letGo(
      ({ expiresAt = Number.POSITIVE_INFINITY }) => expiresAt <= now,
      new TroupeError('credentials-expired', 'This token has run out: renew it and connect again'),
    );
    looking = clock.after(untilLook(clock, LOOK_MS), look);
  };
  let looking = clock.after(LOOK_MS, look);
  return {
    authenticator,
    stays,
    async known(token) {
      const identity = await authenticator.key(token);
      stays(identity, { headers: {} });
      return identity;
    },
    limits: createLimits(coordination, clock, config.TROUPE_ADDRESS_PER_MINUTE),
    addressOf: clientAddress(config.TROUPE_TRUSTED_PROXIES),
    async close() {
      looking.cancel();
      await close();
    },
  };
}
