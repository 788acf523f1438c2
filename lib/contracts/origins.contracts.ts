/** The web origins from which a tenant's pages may call the platform in a browser (CORS). */
import { contract } from './contract.ts';
import { flag, id, list, nullable, object, text } from './schema.ts';

/** Scheme, host and port exactly as a browser sends them: no path, no wildcard. */
const origin = text({
  min: 8,
  max: 300,
  pattern: /^https?:\/\/[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d{1,5})?$/,
  doc: 'Scheme, host and port, exactly as browsers send it',
  example: 'https://shop.example',
});
const origins = list(origin, { max: 100, example: ['https://shop.example'] });

export const getOrigins = contract({
  name: 'origins.get',
  doc: "The web origins from which the tenant's pages may call.",
  params: object({}),
  result: object({ origins }),
  errors: [],
  policy: { timeoutMs: 5_000, retries: 2 },
  http: { method: 'GET', path: '/tenants/origins', scope: 'operate', etag: true },
});

export const putOrigins = contract({
  name: 'origins.put',
  doc: "Replaces the list of web origins from which the tenant's pages may call. Nodes obey within a second.",
  params: object({ origins }),
  result: object({ origins }),
  errors: [],
  policy: { timeoutMs: 5_000 },
  http: { method: 'PUT', path: '/tenants/origins', scope: 'operate', etag: true },
});

export const checkOrigin = contract({
  name: 'origins.check',
  doc: 'Whether a tenant, or any tenant when none is named, allows calls from an origin.',
  params: object({ origin: text({ max: 300 }), tenantId: nullable(id()) }),
  result: object({ allowed: flag() }),
  errors: [],
  policy: { timeoutMs: 5_000, retries: 2, breaker: true },
  tenant: 'none',
});
