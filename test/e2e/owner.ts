/** The demo tenant's owner, who can sign in to the portal. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Platform } from './platform.ts';

export const OWNER = 'owner@kettlemoor.example';

export function ownerPassword({ dataDir }: Platform): string {
  return readFileSync(join(dataDir, 'demo-password'), 'utf8').trim();
}
