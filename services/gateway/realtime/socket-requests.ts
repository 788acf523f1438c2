/** How a socket's requests are taken: limited, checked by their schema, answered by acknowledgement, never thrown. */
import type { Socket } from 'socket.io';
import type { AnyContract } from '../../../lib/contracts/contract.ts';
import type { Told } from '../../../lib/contracts/realtime.ts';
import { takeTokens } from '../../../lib/core/fairness/gcra.ts';
import { TroupeError } from '../../../lib/kernel/errors.ts';
import { newId } from '../../../lib/kernel/ids.ts';
import { describeError } from '../../../lib/kernel/log.ts';
import { checkParams } from '../../../mixins/validation.middleware.ts';
import { asProblem } from '../problem.ts';
import type { RealtimePorts } from './socket-server.ts';

/** Requests of one socket: 20 a second, 60 at once. */
const REQUESTS = { ratePerSecond: 20, burst: 60 } as const;

type AnswerRequest = <P>(
  name: string,
  params: { readonly rule: AnyContract['params']['rule']; readonly is?: P },
  handle: (params: P) => Promise<object>,
) => void;

export function answerRequests(
  socket: Socket,
  { metrics, log, clock }: Pick<RealtimePorts, 'metrics' | 'log' | 'clock'>,
): AnswerRequest {
  let bucket: number | null = null;
  const count = () => {
    const taken = takeTokens(REQUESTS, bucket, clock.monotonic());
    bucket = taken.arrivalMs;
    if (!taken.allowed)
      throw new TroupeError('rate-limited', 'Too many requests on this socket', {
        retryAfter: Math.ceil(taken.retryAfterMs / 1000),
      });
  };
  return (name, params, handle) => {
    const contract = { name: `socket ${name}`, params: params as AnyContract['params'] };
    socket.on(name, (given: unknown, acknowledge: unknown) => {
      const tell = (told: Told<object>) => {
        if (typeof acknowledge === 'function') acknowledge(told);
      };
      const refuse = (raw: unknown) => {
        const { problem, error } = asProblem(raw, newId('request'));
        metrics.sendFailed(error.code);
        if (error.status >= 500) log.warn('realtime.request-failed', { name, ...describeError(error) });
        tell({ ok: false, problem });
      };
      try {
        count();
        checkParams(contract, given ?? {});
      } catch (error) {
        return refuse(error);
      }
      handle(given as never).then(result => tell({ ok: true, result }), refuse);
    });
  };
}
