// Protects: with AWS KMS a data key is opened only by KMS, in its own context, by requests signed with the right credentials; a KMS that is away is said to be.
import { expect } from 'chai';
import { awsKms } from '../../lib/io/aws-kms.ts';
import { AWS_CREDENTIALS, AWS_KEY, startAwsKms } from '../suites/aws-kms-server.ts';
import { refusal } from '../suites/rejection.ts';

describe('AWS KMS as the key service', () => {
  let server: Awaited<ReturnType<typeof startAwsKms>>;
  before(async () => {
    server = await startAwsKms();
  });
  const kms = (change: object = {}) =>
    awsKms({ keyId: AWS_KEY, region: 'eu-central-1', url: server.url, ...AWS_CREDENTIALS, ...change });

  it('wraps and unwraps in the same context, and in no other', async () => {
    const wrapped = await kms().wrap(Buffer.from('a data key'), 'tenant one');
    expect(wrapped.wrappedBy).to.equal(`aws:${AWS_KEY}`);
    expect(wrapped.wrapped).to.not.include('a data key');
    expect((await kms().unwrap(wrapped, 'tenant one')).toString()).to.equal('a data key');
    await refusal(kms().unwrap(wrapped, 'tenant two'), 'sealed-unreadable');
    await refusal(kms().unwrap({ ...wrapped, wrapped: 'bm90IG91cnM' }, 'tenant one'), 'sealed-unreadable');
  });

  it('is refused with other credentials or another key', async () => {
    await refusal(kms({ secretAccessKey: 'another' }).wrap(Buffer.from('x'), ''), 'unavailable');
    await refusal(kms({ keyId: 'alias/other' }).wrap(Buffer.from('x'), ''), 'unavailable');
  });

  it('says so when it cannot be reached', async () => {
    await server.stop();
    await refusal(kms().wrap(Buffer.from('x'), ''), 'unavailable');
  });
});
