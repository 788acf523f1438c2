/**
 * Where a call may be computed. The region of the tenant decides; a request may name one (`X-Data-Region`), which
 * narrows where the tenant is bound to none, and must be the tenant's own where it is. It fails closed: a region in
 * which nothing is offered is a refusal, never a detour.
 */
import { TroupeError } from '../../kernel/errors.ts';

const REGION = /^[a-z0-9][a-z0-9-]{0,39}$/;

/** The region that a call is bound to, null for none. Throws `region-refused`, or `validation-failed` for what is no region. */
export function boundRegion(home: string | null, wanted: string | undefined): string | null {
  if (wanted === undefined || wanted === '') return home;
  const region = wanted.toLowerCase();
  if (!REGION.test(region))
    throw new TroupeError('validation-failed', 'X-Data-Region must be the name of a region');
  if (home !== null && home !== region)
    throw new TroupeError('region-refused', `The data of this tenant stays in ${home}, not ${region}`, {
      data: { home, wanted: region },
    });
  return region;
}

/**
 * Nodes, stores and caches of one platform are in one place (`TROUPE_REGION`): whoever is bound to another is served by
 * the platform there, and by nobody here. Throws `region-refused`.
 */
export function refuseForeign(here: string | undefined, home: string | null): void {
  if (here !== undefined && home !== null && home !== here)
    throw new TroupeError('region-refused', `This data stays in ${home}, and this platform is in ${here}`, {
      data: { home, here },
    });
}

export function notOffered(region: string, what: string): TroupeError {
  return new TroupeError(
    'region-refused',
    `${what} is not offered in ${region}, and nothing leaves that region`,
    { data: { home: region } },
  );
}
