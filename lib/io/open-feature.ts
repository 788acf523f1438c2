/**
 * Feature flags as an OpenFeature provider: services ask by the standard client, `tenantId` in the context says whose
 * flags. A flag that is missing or of another kind gives the caller's default, as OpenFeature has it.
 */
import {
  type Client,
  ErrorCode,
  type EvaluationContext,
  type JsonValue,
  OpenFeature,
  type Provider,
  type ResolutionDetails,
} from '@openfeature/server-sdk';
import { evaluateFlag, kindOf } from '../core/flags/evaluate.ts';
import { ControlPlane } from './control-plane.ts';

export function flagProvider(plane: Pick<ControlPlane, 'snapshot'>): Provider {
  async function resolve<T>(
    key: string,
    fallback: T,
    { tenantId, ...context }: EvaluationContext,
    kind: ReturnType<typeof kindOf> | undefined,
  ): Promise<ResolutionDetails<T>> {
    const refuse = (errorCode: ErrorCode, errorMessage: string) => ({
      value: fallback,
      reason: 'ERROR',
      errorCode,
      errorMessage,
    });
    if (typeof tenantId !== 'string')
      return refuse(ErrorCode.INVALID_CONTEXT, 'the context names no tenantId');
    const flag = (await plane.snapshot(tenantId)).flags.get(key);
    if (!flag) return refuse(ErrorCode.FLAG_NOT_FOUND, 'there is no such flag');
    const found = evaluateFlag(key, flag, context);
    if (found === 'needs-targeting-key')
      return refuse(ErrorCode.TARGETING_KEY_MISSING, 'the flag is rolled out by targeting key');
    if (kind && kindOf(found.value) !== kind)
      return refuse(ErrorCode.TYPE_MISMATCH, `the flag is of kind ${kindOf(found.value)}`);
    return { value: found.value as T, variant: found.variant, reason: found.reason };
  }
  return {
    metadata: { name: 'troupe' },
    runsOn: 'server',
    resolveBooleanEvaluation: (key, fallback, context) => resolve(key, fallback, context, 'boolean'),
    resolveStringEvaluation: (key, fallback, context) => resolve(key, fallback, context, 'string'),
    resolveNumberEvaluation: (key, fallback, context) => resolve(key, fallback, context, 'number'),
    // Also asked when the kind does not matter: values of every kind are JSON.
    resolveObjectEvaluation: <T extends JsonValue>(key: string, fallback: T, context: EvaluationContext) =>
      resolve(key, fallback, context, undefined),
  };
}

/** What a node's units use of the control plane. */
export interface Control {
  readonly plane: ControlPlane;
  readonly features: Client;
  close(): Promise<void>;
}

/** `domain` keeps the nodes of one process apart. */
export async function openControl(
  ports: ConstructorParameters<typeof ControlPlane>[0],
  domain: string,
): Promise<Control> {
  const plane = new ControlPlane(ports);
  await plane.start();
  await OpenFeature.setProviderAndWait(domain, flagProvider(plane));
  return { plane, features: OpenFeature.getClient(domain), close: () => plane.close() };
}
