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

export function notOffered(region: string, what: string): TroupeError {
  return new TroupeError(
    'region-refused',
    `${what} is not offered in ${region}, and nothing leaves that region`,
    { data: { home: region } },
  );
}
