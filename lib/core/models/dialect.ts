/**
 * Where and how an endpoint is asked. Most speak OpenAI's paths with a bearer token; Azure OpenAI names the deployment
 * in the path, wants a version of its interface in the query, and takes the key in a header of its own
 * (learn.microsoft.com/azure/ai-services/openai/reference).
 */
import type { CatalogEndpoint, CatalogModel } from './catalog.ts';

export const DIALECTS = ['openai', 'azure'] as const;
export type Dialect = (typeof DIALECTS)[number];

/** Stable versions look like `2024-10-21`, others like `2025-04-01-preview`. */
export const API_VERSION = /^\d{4}-\d{2}-\d{2}(-preview)?$/;
export const DEFAULT_API_VERSION = '2024-10-21';

/** What stands before `/chat/completions`: the endpoint's address, with the deployment where it has such. */
export function baseOf({ dialect, baseUrl }: CatalogEndpoint, { id, deployment }: CatalogModel): string {
  return dialect === 'azure'
    ? `${baseUrl}/openai/deployments/${encodeURIComponent(deployment ?? id)}`
    : baseUrl;
}

export function queryOf({ dialect, apiVersion }: CatalogEndpoint): Readonly<Record<string, string>> {
  return dialect === 'azure' ? { 'api-version': apiVersion ?? DEFAULT_API_VERSION } : {};
}

export function addressOf(endpoint: CatalogEndpoint, model: CatalogModel, path: string): string {
  const query = new URLSearchParams(queryOf(endpoint)).toString();
  return baseOf(endpoint, model) + path + (query && `?${query}`);
}

/** The header that carries the key: name and value. */
export function keyHeader({ dialect }: CatalogEndpoint, key: string): readonly [string, string] {
  return dialect === 'azure' ? ['api-key', key] : ['authorization', `Bearer ${key}`];
}
