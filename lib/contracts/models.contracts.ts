/** Endpoints of models that a tenant brings itself, with its own key. */
import { contract } from './contract.ts';
import { flag, integer, list, object, oneOf, optional, text } from './schema.ts';

const name = text({
  min: 1,
  max: 60,
  pattern: /^[\w.-]+$/,
  doc: 'Yours to choose',
  example: 'our-azure',
});

const money = (doc: string) => optional(integer({ max: 1_000_000_000_000, doc }));

const model = object({
  id: text({ min: 1, max: 200, doc: 'As clients ask for it', example: 'gpt-4o-mini' }),
  deployment: optional(
    text({ min: 1, max: 200, pattern: /^[\w.-]+$/, doc: 'What Azure calls it; default: its id' }),
  ),
  tier: oneOf(['SLM_A', 'SLM_B', 'LLM'], { doc: 'For `auto`, smallest first', example: 'SLM_A' }),
  capabilities: optional(list(oneOf(['chat', 'embeddings'], {}), { min: 1, max: 2, doc: 'Default: chat' })),
  inputPerMillion: money('Micro-units of US dollars for a million tokens; default 0'),
  cachedInputPerMillion: money('The same for input that the provider had cached'),
  outputPerMillion: money('The same for output'),
  perCall: money('Micro-units of US dollars for a call'),
  prices: optional(
    list(
      object({
        from: text({
          min: 10,
          max: 10,
          pattern: /^\d{4}-\d{2}-\d{2}$/,
          doc: 'First day, UTC',
          example: '2026-12-01',
        }),
        until: optional(
          text({ min: 10, max: 10, pattern: /^\d{4}-\d{2}-\d{2}$/, doc: 'Day from which it is not offered' }),
        ),
        inputPerMillion: integer({ max: 1_000_000_000_000 }),
        cachedInputPerMillion: money('Default: as other input'),
        outputPerMillion: integer({ max: 1_000_000_000_000 }),
        perCall: money('Default 0'),
      }),
      { max: 50, doc: 'What it costs later: each holds until the next' },
    ),
  ),
  defaultOutputTokens: optional(
    integer({ min: 1, max: 1_000_000, doc: 'Reserved where a request names no limit; default 1,024' }),
  ),
  mostOutputTokens: optional(integer({ min: 1, max: 1_000_000, doc: 'Default 32,768' })),
});

const endpoint = {
  baseUrl: text({
    min: 8,
    max: 500,
    pattern: /^https?:\/\/[^\s?#]+$/,
    doc: 'Up to and including the version, as SDKs take it; of Azure, the address of the resource',
    example: 'https://example.openai.azure.com',
  }),
  dialect: optional(
    oneOf(['openai', 'azure'], { doc: 'Paths and header of the key; default: openai', example: 'azure' }),
  ),
  apiVersion: optional(
    text({
      max: 30,
      pattern: /^\d{4}-\d{2}-\d{2}(-preview)?$/,
      doc: 'Of Azure; default: a stable one',
      example: '2024-10-21',
    }),
  ),
  region: optional(
    text({ max: 40, pattern: /^[a-z0-9][a-z0-9-]*$/, doc: 'Where it computes', example: 'eu' }),
  ),
  mostRunning: optional(integer({ min: 1, max: 10_000, doc: 'Calls at once; default 200' })),
  models: list(model, {
    min: 1,
    max: 50,
    doc: 'What it offers',
    example: [{ id: 'gpt-4o-mini', tier: 'SLM_A', inputPerMillion: 150_000, outputPerMillion: 600_000 }],
  }),
};

const shown = object({
  name,
  ...endpoint,
  hasKey: flag({ doc: 'A key is kept for it, sealed' }),
});

export const putModelEndpoint = contract({
  name: 'models.putEndpoint',
  doc: 'Brings an endpoint of models with a key of your own. Calls for its models, and `auto`, go there instead of to the platform’s; every node does so within a second.',
  params: object({
    name,
    ...endpoint,
    key: optional(
      text({
        min: 1,
        max: 1_000,
        pattern: /^[\x21-\x7e]+$/,
        doc: 'Kept sealed, never shown again. Without one, the key that is kept stays',
      }),
    ),
  }),
  result: shown,
  errors: ['outbound-refused', 'config-invalid', 'quota-exhausted'],
  policy: { timeoutMs: 10_000 },
  http: { method: 'PUT', path: '/models/endpoints/:name', scope: 'operate' },
});

export const listModelEndpoints = contract({
  name: 'models.endpoints',
  doc: 'The endpoints that you brought. Keys are not shown.',
  params: object({}),
  result: object({ endpoints: list(shown, { max: 100 }) }),
  errors: [],
  policy: { timeoutMs: 5_000, retries: 2 },
  http: { method: 'GET', path: '/models/endpoints', scope: 'operate' },
});

export const deleteModelEndpoint = contract({
  name: 'models.deleteEndpoint',
  doc: 'Forgets an endpoint and its key.',
  params: object({ name }),
  result: object({ deleted: flag() }),
  errors: ['not-found'],
  policy: { timeoutMs: 5_000 },
  http: { method: 'DELETE', path: '/models/endpoints/:name', scope: 'operate' },
});
