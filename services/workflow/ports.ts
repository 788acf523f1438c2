/** What the effects of workflow runs stand on. */
import type { ServiceBroker } from 'moleculer';
import type { SafeFetch } from '../../lib/io/safe-fetch.ts';
import type { Clock } from '../../lib/kernel/clock.ts';
import type { Config } from '../../lib/kernel/config.ts';

export interface WorkflowPorts {
  readonly broker: ServiceBroker;
  readonly clock: Clock;
  readonly config: Config;
  /** Calls addresses that documents choose. */
  readonly outbound: SafeFetch;
}
