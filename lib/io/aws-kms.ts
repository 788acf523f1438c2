/**
 * AWS Key Management Service as the keeper of the key-encryption key: `Encrypt` and `Decrypt` of its JSON 1.1 protocol
 * (AWS KMS API reference, 2014-11-01), signed by Signature Version 4. The context goes as the encryption context, which
 * KMS authenticates and writes into its own log (CloudTrail): it names a tenant and a key, never a secret.
 */
import { AwsClient } from 'aws4fetch';
import { TroupeError } from '../kernel/errors.ts';
import { type Kms, unreadable } from './kms.ts';

export interface AwsKmsOptions {
  /** Id, alias (`alias/...`) or ARN of a symmetric key. */
  readonly keyId: string;
  readonly region: string;
  readonly url: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

const PATIENCE_MS = 5_000;
/** What KMS says of bytes that this key, or this context, did not make. */
const NOT_OURS = /InvalidCiphertextException|IncorrectKeyException/;

export function awsKms({
  keyId,
  region,
  url,
  accessKeyId,
  secretAccessKey,
  sessionToken,
}: AwsKmsOptions): Kms {
  const client = new AwsClient({
    accessKeyId,
    secretAccessKey,
    ...(sessionToken ? { sessionToken } : {}),
    region,
    service: 'kms',
    retries: 0,
  });
  const current = `aws:${keyId}`;

  async function ask(operation: 'Encrypt' | 'Decrypt', body: object): Promise<Record<string, string>> {
    const response = await client
      .fetch(url, {
        method: 'POST',
        headers: {
          'content-type': 'application/x-amz-json-1.1',
          'x-amz-target': `TrentService.${operation}`,
        },
        body: JSON.stringify({ KeyId: keyId, ...body }),
        signal: AbortSignal.timeout(PATIENCE_MS),
      })
      .catch((cause: unknown) => {
        throw new TroupeError('unavailable', 'The key service cannot be reached', { cause, retryAfter: 1 });
      });
    const answer = (await response.json().catch(() => ({}))) as Record<string, string>;
    if (response.ok) return answer;
    if (NOT_OURS.test(answer.__type ?? '')) throw unreadable();
    throw new TroupeError('unavailable', `The key service refused (${response.status})`, { retryAfter: 1 });
  }

  return {
    current,
    async wrap(key, context) {
      const { CiphertextBlob } = await ask('Encrypt', {
        Plaintext: key.toString('base64'),
        EncryptionContext: { troupe: context },
      });
      return { wrapped: CiphertextBlob!, wrappedBy: current };
    },
    async unwrap({ wrapped }, context) {
      const { Plaintext } = await ask('Decrypt', {
        CiphertextBlob: wrapped,
        EncryptionContext: { troupe: context },
      });
      return Buffer.from(Plaintext!, 'base64');
    },
  };
}
