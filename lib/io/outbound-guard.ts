/**
 * Which addresses the platform may call for a tenant (OWASP SSRF Prevention Cheat Sheet, case 2: any address may be
 * asked for, so that of the machine itself, private, link-local and reserved ones are refused after resolving).
 * An operator may name exceptions: a host, an address, or a range.
 */
import type { LookupAddress } from 'node:dns';
import { BlockList, isIP } from 'node:net';
import { TroupeError } from '../kernel/errors.ts';

/** IANA's special-purpose registries (RFC 6890 and successors): nothing there is a public service. */
const REFUSED: readonly string[] = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16', // link-local, and the metadata services of clouds
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
  '::/96', // unspecified, loopback, and IPv4 in its old IPv6 form
  '64:ff9b::/96', // NAT64: an IPv4 address that the translator reaches
  '64:ff9b:1::/48',
  '100::/64',
  '2001::/23', // Teredo, benchmarking, ORCHID
  '2001:db8::/32',
  '2002::/16', // 6to4
  '3fff::/20',
  '5f00::/16',
  'fc00::/7',
  'fe80::/10',
  'fec0::/10',
  'ff00::/8',
];

function addRange(list: BlockList, range: string): void {
  const [address = '', bits] = range.split('/');
  const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
  if (bits === undefined) list.addAddress(address, family);
  else list.addSubnet(address, Number(bits), family);
}

function rangeList(ranges: readonly string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges) addRange(list, range);
  return list;
}

export interface OutboundGuard {
  /** Throws `outbound-refused` unless the host name, resolved to these addresses, may be called. */
  checkAddresses(host: string, addresses: readonly LookupAddress[]): void;
  /** Throws `outbound-refused` for a URL that is refused before any name is looked up. */
  checkUrl(url: URL): void;
}

const NAME = /^(?=.{1,253}$)[a-z0-9_-]+(\.[a-z0-9_-]+)*$/i;

/** `allowed`: host names, addresses or ranges that an operator opens. Throws `config-invalid` for anything else. */
export function createOutboundGuard(allowed: readonly string[]): OutboundGuard {
  const refused = rangeList(REFUSED);
  const names = new Set<string>();
  const opened = new BlockList();
  for (const entry of allowed) {
    const [address = '', bits, ...rest] = entry.split('/');
    const family = isIP(address);
    const range = bits === undefined || (/^\d+$/.test(bits) && Number(bits) <= (family === 6 ? 128 : 32));
    if (family !== 0 && range && rest.length === 0) addRange(opened, entry);
    else if (NAME.test(entry)) names.add(entry.toLowerCase());
    else throw new TroupeError('config-invalid', `"${entry}" is neither a host name, an address nor a range`);
  }

  return {
    checkAddresses(host, addresses) {
      if (names.has(host.toLowerCase())) return;
      // One refused address among several is enough: which of them is used is not ours to say.
      for (const { address } of addresses) {
        const bare = address.split('%')[0]!;
        const family = isIP(bare) === 6 ? 'ipv6' : 'ipv4';
        if (!opened.check(bare, family) && refused.check(bare, family))
          throw new TroupeError('outbound-refused', `${host} is not a public address`);
      }
    },
    checkUrl(url) {
      if (url.protocol !== 'https:' && url.protocol !== 'http:')
        throw new TroupeError('outbound-refused', `Only http and https are called, not ${url.protocol}`);
      if (url.username !== '' || url.password !== '')
        throw new TroupeError('outbound-refused', 'A URL must not carry credentials');
      const host = bareHost(url.hostname);
      const family = isIP(host);
      if (family !== 0) this.checkAddresses(host, [{ address: host, family }]);
    },
  };
}

/** IPv6 addresses stand in brackets in a URL. */
export function bareHost(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, '');
}
