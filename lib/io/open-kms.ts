/** Which key service the settings ask for. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Config, environmentSecret } from '../kernel/config.ts';
import { TroupeError } from '../kernel/errors.ts';
import { awsKms } from './aws-kms.ts';
import { type Kms, localKms, newDataKey, parseKeys, vaultKms } from './kms.ts';

/** As the settings say: Vault, AWS, given keys, or a key file in the data folder, made at the first start. */
export function openKms(config: Config): Kms {
  if (config.TROUPE_KMS_VAULT_URL !== '')
    return vaultKms({
      url: config.TROUPE_KMS_VAULT_URL,
      token: config.TROUPE_KMS_VAULT_TOKEN,
      key: config.TROUPE_KMS_VAULT_KEY,
    });
  if (config.TROUPE_KMS_AWS_KEY !== '') {
    const [accessKeyId, secretAccessKey] = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'].map(
      environmentSecret,
    );
    if (!accessKeyId || !secretAccessKey)
      throw new TroupeError(
        'config-invalid',
        'TROUPE_KMS_AWS_KEY needs AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY',
      );
    return awsKms({
      keyId: config.TROUPE_KMS_AWS_KEY,
      region: config.TROUPE_KMS_AWS_REGION,
      url: config.TROUPE_KMS_AWS_URL || `https://kms.${config.TROUPE_KMS_AWS_REGION}.amazonaws.com`,
      accessKeyId,
      secretAccessKey,
      sessionToken: environmentSecret('AWS_SESSION_TOKEN'),
    });
  }
  if (config.TROUPE_KMS_KEYS !== '') return localKms(parseKeys(config.TROUPE_KMS_KEYS));
  if (config.TROUPE_MODE === 'cluster') return unconfigured();
  return localKms(parseKeys(keyFile(join(config.TROUPE_DATA_DIR, 'keys', 'kms'))));
}

/** A cluster's nodes must share the keys, so none is made up: nodes that seal nothing start without, the others say so. */
function unconfigured(): Kms {
  const refuse = async (): Promise<never> => {
    throw new TroupeError(
      'config-invalid',
      'Secrets cannot be sealed or opened: set TROUPE_KMS_KEYS (or TROUPE_KMS_VAULT_URL, TROUPE_KMS_AWS_KEY), the same on all nodes',
    );
  };
  return { current: 'none', wrap: refuse, unwrap: refuse };
}

function keyFile(file: string): string {
  if (!existsSync(file)) {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(file, `local-1:${newDataKey().toString('base64')}\n`, {
      mode: 0o600,
      flag: 'wx',
    });
  }
  return readFileSync(file, 'utf8').trim();
}
