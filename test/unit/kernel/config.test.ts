// Protects: a wrong setting stops the start with its name and what it must be, and a secret is never quoted.
import { expect } from 'chai';
import { exampleEnvironment, readConfig, VARIABLES } from '../../../lib/kernel/config.ts';
import { TroupeError } from '../../../lib/kernel/errors.ts';

function complaint(environment: Record<string, string>): string {
  try {
    readConfig(environment);
  } catch (error) {
    expect(error).to.be.instanceOf(TroupeError).with.property('code', 'config-invalid');
    return (error as Error).message;
  }
  throw new Error('the settings were taken');
}

describe('the settings', () => {
  it('are the defaults where the environment is silent or empty', () => {
    expect(readConfig({ TROUPE_PORT: '' })).to.include({ TROUPE_MODE: 'embedded', TROUPE_PORT: 8000 });
  });

  it('take every default in the form in which .env.example writes it', () => {
    const lines = exampleEnvironment().matchAll(/^(TROUPE_\w+)=(.*)$/gm);
    const environment = Object.fromEntries(Array.from(lines, ([, name, value]) => [name!, value!]));
    expect(Object.keys(environment)).to.deep.equal(Object.keys(VARIABLES));
    expect(readConfig(environment)).to.deep.equal(readConfig({}));
  });

  it('are refused by name, with what they must be', () => {
    expect(complaint({ TROUPE_PORT: 'eighty' })).to.match(/TROUPE_PORT must be a whole number .*"eighty"/);
    expect(complaint({ TROUPE_PORT: '65536' })).to.include('from 0 to 65535');
    expect(complaint({ TROUPE_PORT: '80.5' })).to.include('TROUPE_PORT');
    expect(complaint({ TROUPE_MODE: 'cloud' })).to.include('TROUPE_MODE must be one of embedded, cluster');
    expect(complaint({ TROUPE_NATS_URL: 'http://x' })).to.include('TROUPE_NATS_URL must be an address');
  });

  it('that do not exist are refused: a misspelt name is not silence', () => {
    expect(complaint({ TROUPE_PROT: '8001' })).to.include('TROUPE_PROT is not a setting');
  });

  it('are all complained about at once', () => {
    const text = complaint({ TROUPE_PORT: 'x', TROUPE_MODE: 'y', TROUPE_ZZZ: 'z' });
    expect(text).to.include('TROUPE_PORT').and.include('TROUPE_MODE').and.include('TROUPE_ZZZ');
  });

  it('of other programs are left alone', () => {
    expect(() => readConfig({ PATH: '/bin', NODEID: 'x', TROUPE_TEST_PG_URL: 'x' })).to.not.throw();
  });

  it('name the servers that a cluster needs', () => {
    const text = complaint({ TROUPE_MODE: 'cluster' });
    for (const name of ['TROUPE_DATABASE_URL', 'TROUPE_NATS_URL', 'TROUPE_REDIS_URL'])
      expect(text).to.include(`${name} is needed`);
  });

  it('that are secret or hold passwords are never quoted', () => {
    const secrets = Object.entries(VARIABLES).filter(([, v]) => 'secret' in v && v.secret);
    expect(secrets.map(([name]) => name)).to.include.members(['TROUPE_DATABASE_URL', 'TROUPE_MODEL_API_KEY']);
    for (const [name, { parse }] of secrets) {
      const value = 'mysql://user:hunter2@host';
      let refused = false;
      try {
        parse(value);
      } catch {
        refused = true;
      }
      if (refused)
        expect(complaint({ [name]: value }), name)
          .to.include(name)
          .and.not.include('hunter2');
    }
  });
});
