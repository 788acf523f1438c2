/** What plans give: data. A tenant's plan is a column of its row; an unknown one counts as the least. */

export interface Plan {
  /** Share of the models when they are contended. */
  readonly weight: number;
  /** Calls of models that may run and wait at once. */
  readonly mostRunning: number;
  readonly mostQueued: number;
  readonly modelCalls: { readonly ratePerSecond: number; readonly burst: number };
  readonly modelTokens: { readonly ratePerSecond: number; readonly burst: number };
  /** HTTP requests of the whole tenant in a minute, which may all come at once. */
  readonly tenantPerMinute: number;
  /** Of one key, person or customer. */
  readonly subjectPerMinute: number;
  /** Customers' messages in a day. */
  readonly messagesPerDay: number;
  readonly members: number;
  readonly apiKeys: number;
  /** What models may cost in a month before safe mode answers, micro-units of US dollars; null is any amount. */
  readonly includedMicroUsd: number | null;
  /** Share of a budget of the tenant's own from which safe mode answers; null is never. */
  readonly safeModeAt: number | null;
}

export const PLANS: Readonly<Record<string, Plan>> = {
  free: {
    weight: 1,
    mostRunning: 20,
    mostQueued: 100,
    modelCalls: { ratePerSecond: 20, burst: 60 },
    modelTokens: { ratePerSecond: 20_000, burst: 200_000 },
    tenantPerMinute: 600,
    subjectPerMinute: 300,
    messagesPerDay: 2_000,
    members: 5,
    apiKeys: 10,
    includedMicroUsd: 5_000_000,
    safeModeAt: 0.9,
  },
  team: {
    weight: 4,
    mostRunning: 100,
    mostQueued: 500,
    modelCalls: { ratePerSecond: 200, burst: 500 },
    modelTokens: { ratePerSecond: 200_000, burst: 2_000_000 },
    tenantPerMinute: 6_000,
    subjectPerMinute: 3_000,
    messagesPerDay: 50_000,
    members: 50,
    apiKeys: 50,
    includedMicroUsd: 500_000_000,
    safeModeAt: 0.9,
  },
  business: {
    weight: 16,
    mostRunning: 1_000,
    mostQueued: 5_000,
    modelCalls: { ratePerSecond: 50_000, burst: 100_000 },
    modelTokens: { ratePerSecond: 50_000_000, burst: 100_000_000 },
    tenantPerMinute: 600_000,
    subjectPerMinute: 600_000,
    messagesPerDay: 50_000_000,
    members: 5_000,
    apiKeys: 500,
    includedMicroUsd: null,
    safeModeAt: null,
  },
};

export function planOf(name: string): Plan {
  return PLANS[name] ?? PLANS.free!;
}
