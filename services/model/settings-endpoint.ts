/**
 * The model that a tenant's settings name, as an endpoint among others: behind the gate and the outbound guard, and
 * without a key, which no setting may hold. An endpoint of the tenant's own has one, sealed.
 */
import { type Catalog, singleModel } from '../../lib/core/models/catalog.ts';

export interface SettingsModel {
  readonly baseUrl: string;
  readonly model: string;
  /** Where it computes: a tenant bound to a region is answered by it only if it is there. */
  readonly region?: string;
  /** It reads pictures. */
  readonly images?: boolean;
}

export function settingsEndpoint(
  tenantId: string,
  { baseUrl, model, region, images }: SettingsModel,
): Catalog {
  const { endpoints } = singleModel(baseUrl, model);
  return {
    endpoints: endpoints.map(endpoint => ({
      ...endpoint,
      name: `${tenantId}/settings`,
      keyVariable: null,
      region: region ?? null,
      own: { key: undefined },
      models: endpoint.models.map(each =>
        images ? { ...each, capabilities: [...each.capabilities, 'images' as const] } : each,
      ),
    })),
  };
}
