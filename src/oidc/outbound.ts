// Requests that the provider makes to relying parties: their key sets, sector documents, logout endpoints.
// Never to a private or loopback address unless it is named; never along a redirect.
import { lookup } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';
import { createPublicDispatcher } from './public-dispatcher.ts';

export class OutboundRefused extends Error {
  override readonly name = 'OutboundRefused';
}

/** `fetch` for addresses that others chose. The library adds its own check of the connected socket. */
export type OutboundFetch = (url: string, options: RequestInit) => Promise<Response>;

export interface OutboundOptions {
  /** Hosts that may be private or loopback, with a port if only that one is meant: `localhost:3001`. */
  readonly allow: readonly string[];
  /** For tests; the default is the runtime's own. */
  readonly fetch?: typeof globalThis.fetch;
  readonly resolve?: (host: string) => Promise<readonly string[]>;
}

const blocked = blockedRanges();
const timeoutMs = 2_500;

/** Makes the guarded fetch. It throws OutboundRefused for an address that it will not ask. */
export function createOutboundFetch(options: OutboundOptions): OutboundFetch {
  const send = options.fetch ?? globalThis.fetch;
  const resolve = options.resolve ?? resolveHost;
  const allowed = new Set(options.allow.map((host) => host.toLowerCase()));
  const dispatcher = createPublicDispatcher(isPrivateAddress);
  return async (address, init) => {
    const url = new URL(address);
    if (url.protocol !== 'https:' && url.protocol !== 'http:') throw new OutboundRefused('not an http address');
    const request = { redirect: 'error' as const, signal: AbortSignal.timeout(timeoutMs), ...init };
    if (namesOf(url).some((name) => allowed.has(name))) return await send(address, withoutDispatcher(request));
    const host = url.hostname.replace(/^\[|\]$/g, '');
    const addresses = isIP(host) ? [host] : await resolve(host);
    if (addresses.length === 0 || addresses.some(isPrivateAddress)) {
      throw new OutboundRefused('the host is private, local or unknown');
    }
    // Looked up again when it connects, and held to the same then. The library brings a dispatcher of its own.
    return await send(address, { dispatcher, ...request } as RequestInit);
  };
}

/** How an address may be named in the list: by its host, or by host and port. */
function namesOf({ protocol, hostname, port }: URL): string[] {
  const host = hostname.toLowerCase();
  return [host, `${host}:${port || (protocol === 'https:' ? '443' : '80')}`];
}

/** True for addresses that are not on the public internet. */
export function isPrivateAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 0) return true;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return isPrivateAddress(mapped);
  return blocked.check(address, family === 6 ? 'ipv6' : 'ipv4');
}

async function resolveHost(host: string): Promise<string[]> {
  const found = await lookup(host, { all: true }).catch(() => []);
  return found.map(({ address }) => address);
}

// The library's dispatcher cuts connections to local addresses; a named host is exempt from that too.
function withoutDispatcher(init: RequestInit): RequestInit {
  const { dispatcher: _, ...rest } = init;
  return rest;
}

// IANA special-purpose registries (RFC 6890 and successors).
function blockedRanges(): BlockList {
  const list = new BlockList();
  const v4 = [
    ['0.0.0.0', 8],
    ['10.0.0.0', 8],
    ['100.64.0.0', 10],
    ['127.0.0.0', 8],
    ['169.254.0.0', 16],
    ['172.16.0.0', 12],
    ['192.0.0.0', 24],
    ['192.0.2.0', 24],
    ['192.168.0.0', 16],
    ['198.18.0.0', 15],
    ['198.51.100.0', 24],
    ['203.0.113.0', 24],
    ['224.0.0.0', 4],
    ['240.0.0.0', 4],
  ] as const;
  const v6 = [
    ['::', 128],
    ['::1', 128],
    ['64:ff9b::', 96],
    ['64:ff9b:1::', 48],
    ['100::', 64],
    ['2001::', 23],
    ['2001:db8::', 32],
    ['2002::', 16],
    ['fc00::', 7],
    ['fe80::', 10],
    ['fec0::', 10],
    ['ff00::', 8],
  ] as const;
  for (const [prefix, bits] of v4) list.addSubnet(prefix, bits, 'ipv4');
  for (const [prefix, bits] of v6) list.addSubnet(prefix, bits, 'ipv6');
  return list;
}
