/** Looks at the load of the models of a node twice a second and says which level of degradation holds. */
import {
  type DegradationLevel,
  levelOf,
  observePressure,
  pressureOf,
  UNDEGRADED,
} from '../../core/fairness/degradation.ts';
import type { Clock, Timer } from '../../kernel/clock.ts';
import type { Log } from '../../kernel/log.ts';

const LOOK_MS = 500;
const BEARABLE_WAIT_MS = 4_000;
const BEARABLE_LAG_MS = 500;

export interface Load {
  /** Share of the slots that are taken. */
  readonly slotsBusy: number;
  /** Age of the call that has waited longest. */
  readonly waitMs: number;
}

export class LoadWatch {
  #state = UNDEGRADED;
  #timer: Timer | undefined;
  readonly #ports: { clock: Clock; log: Log; load: () => Load };

  constructor(ports: { clock: Clock; log: Log; load: () => Load }) {
    this.#ports = ports;
    this.#look();
  }

  get level(): DegradationLevel {
    return levelOf(this.#state);
  }

  close(): void {
    this.#timer?.cancel();
  }

  #look(): void {
    const { clock, log, load } = this.#ports;
    const due = clock.monotonic() + LOOK_MS;
    this.#timer = clock.after(LOOK_MS, () => {
      const now = clock.monotonic();
      const pressure = pressureOf({
        ...load(),
        bearableWaitMs: BEARABLE_WAIT_MS,
        eventLoopLagMs: Math.max(0, now - due),
        bearableLagMs: BEARABLE_LAG_MS,
      });
      const before = this.#state.step;
      this.#state = observePressure(this.#state, pressure, now);
      if (this.#state.step !== before) log.warn('models.degradation', { level: this.level.name, pressure });
      this.#look();
    });
  }
}
