/**
 * Stands in for AWS KMS, which cannot be reached from a test: its JSON 1.1 protocol for Encrypt and Decrypt over a key
 * of its own, and Signature Version 4 checked as AWS does, reckoned here from the documentation and by nobody's library.
 */
import { createHash, createHmac, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { decrypt, encrypt } from '../../lib/io/kms.ts';

export const AWS_KEY = 'alias/troupe';
export const AWS_CREDENTIALS = {
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG',
} as const;

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const hmac = (key: Buffer | string, text: string) => createHmac('sha256', key).update(text).digest();

/** The signature that the request should carry, or undefined when it names no credentials of ours. */
function signatureOf({ headers, method = '' }: IncomingMessage, body: string): string | undefined {
  const [, scope = '', signed = ''] =
    /Credential=AKIDEXAMPLE\/(\S+?),\s*SignedHeaders=(\S+?),/.exec(headers.authorization ?? '') ?? [];
  if (!scope) return undefined;
  const [day, region, service] = scope.split('/') as [string, string, string];
  const lines = signed.split(';').map(name => `${name}:${String(headers[name]).trim()}\n`);
  const canonical = [method, '/', '', lines.join(''), signed, sha256(body)].join('\n');
  const text = ['AWS4-HMAC-SHA256', headers['x-amz-date'], scope, sha256(canonical)].join('\n');
  const key = [region, service, 'aws4_request'].reduce<Buffer>(
    (made, part) => hmac(made, part),
    hmac(`AWS4${AWS_CREDENTIALS.secretAccessKey}`, day),
  );
  return hmac(key, text).toString('hex');
}

export async function startAwsKms(): Promise<{ readonly url: string; stop(): Promise<void> }> {
  const key = randomBytes(32);
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const part of request) text += part;
    const answer = (status: number, body: object) => response.writeHead(status).end(JSON.stringify(body));
    const signature = signatureOf(request, text);
    if (!signature || !request.headers.authorization!.endsWith(`Signature=${signature}`))
      return void answer(400, { __type: 'InvalidSignatureException' });
    const body = JSON.parse(text) as Record<string, string> & { EncryptionContext: object };
    if (body.KeyId !== AWS_KEY) return void answer(400, { __type: 'NotFoundException' });
    const context = JSON.stringify(body.EncryptionContext);
    if (request.headers['x-amz-target'] === 'TrentService.Encrypt')
      return void answer(200, {
        KeyId: AWS_KEY,
        CiphertextBlob: encrypt(key, Buffer.from(body.Plaintext!, 'base64'), context),
      });
    try {
      const plain = decrypt(key, body.CiphertextBlob!, context);
      answer(200, { KeyId: AWS_KEY, Plaintext: plain.toString('base64') });
    } catch {
      answer(400, { __type: 'InvalidCiphertextException' });
    }
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () => new Promise(resolve => server.close(() => resolve())),
  };
}
