/** The client's address: the connection's own, or what trusted proxies say of it, read from the right until one is not trusted. */
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import proxyAddr from '@fastify/proxy-addr';

export type AddressOf = (request: IncomingMessage) => string;

export function clientAddress(trustedProxies: readonly string[]): AddressOf {
  const trust = trustedProxies.length > 0 ? proxyAddr.compile([...trustedProxies]) : undefined;
  return request => {
    const own = request.socket.remoteAddress ?? 'unknown';
    if (!trust) return own;
    const told = proxyAddr(request, trust);
    // What a proxy wrote that is no address would let a client choose its own bucket.
    return told !== undefined && isIP(told) > 0 ? told : own;
  };
}
