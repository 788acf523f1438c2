/** How far a run may go. */
import { field } from '../../lib/core/workflow/definition.ts';
import type { JsonObject } from '../../lib/core/workflow/jq/value.ts';
import type { RunLimits } from '../../lib/core/workflow/messages.ts';
import { LIMITS } from '../../lib/core/workflow/state.ts';
import type { Config } from '../../lib/kernel/config.ts';

/** The budget that the document names, within the platform's; processes as the operator allows. */
export function limitsOf(definition: JsonObject, config: Config): RunLimits {
  const budget = field(definition, 'document', 'metadata', 'budget', 'maxSteps');
  const maxSteps =
    typeof budget === 'number' && budget > 0 ? Math.min(budget, LIMITS.maxSteps) : LIMITS.maxSteps;
  const kinds = ['container', 'script', 'shell'] as const;
  return { maxSteps, allow: kinds.filter(kind => config.TROUPE_WORKFLOW_PROCESSES.includes(kind)) };
}
