/**
 * Which models there are, at which endpoints, at what price: what `TROUPE_MODELS_FILE` says, or the one endpoint of
 * `TROUPE_MODEL_BASE_URL`. OpenAI, Azure, vLLM, Ollama and the like differ by these entries only.
 */
import { TroupeError } from '../../kernel/errors.ts';
import { type ModelPrice, PriceList } from '../pricing/price-list.ts';
import { TIERS, type Tier } from '../routing/early-exit.ts';
import { API_VERSION, DIALECTS, type Dialect } from './dialect.ts';

export type Capability = 'chat' | 'embeddings' | 'images';

export interface CatalogModel {
  /** As the endpoint knows it, and as clients ask for it. */
  readonly id: string;
  /** What Azure calls it; absent is as `id`. */
  readonly deployment?: string;
  readonly tier: Tier;
  readonly capabilities: readonly Capability[];
  /** Micro-units of US dollars per million tokens. */
  readonly inputPerMillion: number;
  readonly cachedInputPerMillion: number;
  readonly outputPerMillion: number;
  readonly perCall: number;
  /** What it costs later, each from a day on (UTC) until the next; `until` withdraws it before that. */
  readonly prices: readonly ChangedPrice[];
  /** Output tokens that are reserved where a request names no limit, and the most it may name. */
  readonly defaultOutputTokens: number;
  readonly mostOutputTokens: number;
}

export interface ChangedPrice {
  /** `2026-12-01`, the day's beginning. */
  readonly from: string;
  readonly until?: string;
  readonly inputPerMillion: number;
  readonly cachedInputPerMillion?: number;
  readonly outputPerMillion: number;
  readonly perCall?: number;
}

export interface CatalogEndpoint {
  readonly name: string;
  /** Up to and including the version, as SDKs take it: `https://api.openai.com/v1`. */
  readonly baseUrl: string;
  readonly dialect: Dialect;
  /** Of Azure's interface; null takes a stable one. */
  readonly apiVersion: string | null;
  /** Name of the environment variable that holds the key; the key itself is never in the file. */
  readonly keyVariable: string | null;
  /** A tenant's own: its opened key, and connections that are guarded as all that tenants name are. */
  readonly own?: { readonly key: string | undefined };
  /** Where it computes: a tenant bound to a region is served from that region only. */
  readonly region: string | null;
  /** Calls that may run there at once. */
  readonly mostRunning: number;
  readonly models: readonly CatalogModel[];
}

export interface Catalog {
  readonly endpoints: readonly CatalogEndpoint[];
}

/** A model at one of its endpoints. */
export interface Candidate {
  readonly endpoint: CatalogEndpoint;
  readonly model: CatalogModel;
  readonly price: ModelPrice;
}

const MODEL_DEFAULTS = {
  capabilities: ['chat'] as readonly Capability[],
  inputPerMillion: 0,
  cachedInputPerMillion: 0,
  outputPerMillion: 0,
  perCall: 0,
  prices: [] as readonly ChangedPrice[],
  defaultOutputTokens: 1_024,
  mostOutputTokens: 32_768,
} as const;

/** Reads the file's JSON. Throws `config-invalid` that names the place. */
export function parseCatalog(json: unknown): Catalog {
  const at = (where: string, condition: unknown, what: string): void => {
    if (!condition) throw new TroupeError('config-invalid', `TROUPE_MODELS_FILE: ${where} ${what}`);
  };
  const { endpoints } = (json ?? {}) as { endpoints?: unknown };
  at(
    'endpoints',
    Array.isArray(endpoints) && endpoints.length > 0 && endpoints.length <= 100,
    'must be a list of 1 to 100',
  );
  const names = new Set<string>();
  return {
    endpoints: (endpoints as Record<string, unknown>[]).map((given, n) => {
      const where = `endpoints[${n}]`;
      const { name, baseUrl, keyVariable = null, region = null, mostRunning = 200, models } = given;
      const { dialect = 'openai', apiVersion = null } = given;
      at(
        `${where}.name`,
        typeof name === 'string' && /^[\w.-]{1,60}$/.test(name) && !names.has(name),
        'must be a name of its own',
      );
      names.add(name as string);
      at(
        `${where}.baseUrl`,
        typeof baseUrl === 'string' && /^https?:\/\//.test(baseUrl) && URL.canParse(baseUrl),
        'must be an http(s) address',
      );
      at(
        `${where}.keyVariable`,
        keyVariable === null || typeof keyVariable === 'string',
        'must name an environment variable',
      );
      at(`${where}.dialect`, DIALECTS.includes(dialect as Dialect), `must be one of ${DIALECTS.join(', ')}`);
      at(
        `${where}.apiVersion`,
        apiVersion === null || (typeof apiVersion === 'string' && API_VERSION.test(apiVersion)),
        'must be a date, with -preview where it is one',
      );
      at(`${where}.region`, region === null || typeof region === 'string', 'must be text');
      at(
        `${where}.mostRunning`,
        Number.isInteger(mostRunning) && (mostRunning as number) > 0,
        'must be a whole number',
      );
      at(`${where}.models`, Array.isArray(models) && models.length > 0, 'must be a list');
      return {
        name: name as string,
        baseUrl: (baseUrl as string).replace(/\/+$/, ''),
        dialect: dialect as Dialect,
        apiVersion: apiVersion as string | null,
        keyVariable: keyVariable as string | null,
        region: region as string | null,
        mostRunning: mostRunning as number,
        models: (models as Record<string, unknown>[]).map((model, m) =>
          parseModel(model, `${where}.models[${m}]`, at),
        ),
      };
    }),
  };
}

function parseModel(
  given: Record<string, unknown>,
  where: string,
  at: (where: string, condition: unknown, what: string) => void,
): CatalogModel {
  const model = { ...MODEL_DEFAULTS, ...given } as unknown as CatalogModel;
  at(
    `${where}.id`,
    typeof model.id === 'string' && model.id.length > 0 && model.id.length <= 200,
    'must be a model name',
  );
  at(`${where}.tier`, TIERS.includes(model.tier), `must be one of ${TIERS.join(', ')}`);
  for (const name of [
    'inputPerMillion',
    'cachedInputPerMillion',
    'outputPerMillion',
    'perCall',
    'defaultOutputTokens',
    'mostOutputTokens',
  ] as const)
    at(
      `${where}.${name}`,
      Number.isSafeInteger(model[name]) && model[name] >= 0,
      'must be a whole number, not negative',
    );
  at(
    `${where}.deployment`,
    model.deployment === undefined || typeof model.deployment === 'string',
    'must be the name of a deployment',
  );
  at(
    `${where}.prices`,
    Array.isArray(model.prices) && model.prices.length <= 50 && model.prices.every(isChangedPrice),
    'must be a list of prices, each with a day "from" and amounts',
  );
  try {
    new PriceList(pricesOf(model));
  } catch (error) {
    at(`${where}.prices`, false, (error as Error).message);
  }
  const known = new Set(['id', 'tier', 'deployment', ...Object.keys(MODEL_DEFAULTS)]);
  for (const name of Object.keys(given)) at(`${where}.${name}`, known.has(name), 'is not known');
  return model;
}

const DAY = /^\d{4}-\d{2}-\d{2}$/;

function isChangedPrice(given: unknown): given is ChangedPrice {
  const { from, until, ...amounts } = (given ?? {}) as Record<string, unknown>;
  const isDay = (value: unknown) =>
    typeof value === 'string' && DAY.test(value) && Number.isFinite(Date.parse(value));
  const names = ['inputPerMillion', 'cachedInputPerMillion', 'outputPerMillion', 'perCall'];
  return (
    isDay(from) &&
    (until === undefined || isDay(until)) &&
    'inputPerMillion' in amounts &&
    'outputPerMillion' in amounts &&
    Object.keys(amounts).every(name => names.includes(name))
  );
}

/** What stands beside the model holds until its first change, each change until the next. */
export function pricesOf(model: CatalogModel): readonly ModelPrice[] {
  const { id, inputPerMillion, cachedInputPerMillion, outputPerMillion, perCall } = model;
  const changes = model.prices.toSorted((a, b) => (a.from < b.from ? -1 : 1));
  const first = changes[0] ? Date.parse(changes[0].from) : null;
  const base = { model: id, inputPerMillion, cachedInputPerMillion, outputPerMillion, perCall };
  return [
    { ...base, fromMs: 0, untilMs: first },
    ...changes.map((change, n) => {
      const next = changes[n + 1];
      const until = change.until ?? next?.from;
      return {
        model: id,
        fromMs: Date.parse(change.from),
        untilMs: until === undefined ? null : Date.parse(until),
        inputPerMillion: change.inputPerMillion,
        cachedInputPerMillion: change.cachedInputPerMillion ?? change.inputPerMillion,
        outputPerMillion: change.outputPerMillion,
        perCall: change.perCall ?? 0,
      };
    }),
  ];
}

/** The catalogue of one endpoint with one model. */
export function singleModel(baseUrl: string, model: string): Catalog {
  return {
    endpoints: [
      {
        name: 'default',
        baseUrl: baseUrl.replace(/\/+$/, ''),
        dialect: 'openai',
        apiVersion: null,
        keyVariable: 'TROUPE_MODEL_API_KEY',
        region: null,
        mostRunning: 200,
        models: [{ ...MODEL_DEFAULTS, id: model, tier: 'LLM', capabilities: ['chat', 'embeddings'] }],
      },
    ],
  };
}

/** Where a model, or any of a tier, can be asked, at the price of that moment; a region leaves only endpoints in it. */
export function candidatesFor(
  catalog: Catalog,
  wanted: { readonly model?: string; readonly tier?: Tier },
  capability: Capability,
  region: string | null = null,
  atMs = 0,
): Candidate[] {
  return catalog.endpoints
    .filter(endpoint => region === null || endpoint.region === region)
    .flatMap(endpoint =>
      endpoint.models
        .filter(
          model =>
            model.capabilities.includes(capability) &&
            (wanted.model === undefined || model.id === wanted.model) &&
            (wanted.tier === undefined || model.tier === wanted.tier),
        )
        .flatMap(model => {
          const price = priceAt(model, atMs);
          return price ? [{ endpoint, model, price }] : [];
        }),
    );
}

/** The tiers in which it has a model for chats, smallest first. */
export function tiersOf({ endpoints }: Catalog): Tier[] {
  return TIERS.filter(tier =>
    endpoints.some(({ models }) =>
      models.some(model => model.tier === tier && model.capabilities.includes('chat')),
    ),
  );
}

/** Undefined while it has none: it is not offered then. */
function priceAt(model: CatalogModel, atMs: number): ModelPrice | undefined {
  return pricesOf(model).find(
    ({ fromMs, untilMs }) => fromMs <= atMs && (untilMs === null || atMs < untilMs),
  );
}
