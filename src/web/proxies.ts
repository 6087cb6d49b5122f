// Who is at the other end: forwarding headers count only if a trusted proxy sent them (decision 50, X87).
// Runs first, so that everything below may believe the headers that are left.
import type { IncomingHttpHeaders } from 'node:http';
import { BlockList, isIP } from 'node:net';
import type { WebMiddleware, WebState } from './web-types.ts';

// Every header that some proxy or framework takes for the client's address, host, scheme, URL or certificate.
const forwardingHeader =
  /^(?:forwarded|x-forwarded(?:-.+)?|x-real-ip|true-client-ip|client-ip|cf-connecting-ip(?:v6)?|fastly-client-ip|x-client-.+|x-cluster-client-ip|x-original-.+|x-rewrite-url|x-host|x-http-method-override|x-ssl-.+|client-cert(?:-chain)?)$/;
const believedOfProxies = new Set(['x-forwarded-for', 'x-forwarded-proto']);

/** Headers in which a trusted proxy hands on the client's TLS certificate, if it does. */
export interface CertificateHeaders {
  readonly certificateHeader?: string | undefined;
  readonly verifiedHeader?: string | undefined;
}

/**
 * Deletes forwarding headers of strangers and leaves exactly one address in `X-Forwarded-For`, the one that counts;
 * Koa with `proxy: true`, here and in the provider, then says the same everywhere. `trusted`: addresses and CIDRs. A client's
 * certificate moves from its header to `ctx.state`, which nobody outside can write.
 */
export function believeProxies(trusted: readonly string[], certificates: CertificateHeaders = {}): WebMiddleware {
  const list = toBlockList(trusted);
  return (ctx, next) => {
    const { headers } = ctx.req;
    const peer = plainAddress(ctx.req.socket.remoteAddress ?? '') ?? '0.0.0.0';
    const forwarded = headers['x-forwarded-for'];
    const hops = typeof forwarded === 'string' ? forwarded.split(',') : [];
    const fromProxy = isTrusted(list, peer);
    const certificate = takeCertificate(headers, certificates);
    if (fromProxy && certificate !== undefined) ctx.state.clientCertificate = certificate;
    dropForwardingHeaders(headers, fromProxy);
    ctx.state.address = fromProxy ? rightmostStranger(list, { peer, hops }) : peer;
    headers['x-forwarded-for'] = ctx.state.address;
    return next();
  };
}

/** The key for limits per address: an IPv4 address, or the /56 that one IPv6 customer has. */
export function addressKey(address: string): string {
  if (isIP(address) !== 6) return address;
  const groups = expandIpv6(address).slice(0, 4);
  return `${groups.join(':').slice(0, -2)}00::/56`;
}

/** `::ffff:192.0.2.1` and `192.0.2.1:443` become `192.0.2.1`; undefined for what is no address. */
export function plainAddress(text: string): string | undefined {
  const trimmed = text.trim().replace(/^"(.*)"$/, '$1');
  const bare = trimmed
    .replace(/^\[([^\]]+)\](?::\d+)?$/, '$1')
    .replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, '$1')
    .replace(/%.*$/, '');
  if (isIP(bare) === 4) return bare;
  if (isIP(bare) !== 6) return undefined;
  return mappedIpv4(bare) ?? bare.toLowerCase();
}

function dropForwardingHeaders(headers: IncomingHttpHeaders, fromProxy: boolean): void {
  for (const name of Object.keys(headers)) {
    if (forwardingHeader.test(name) && !(fromProxy && believedOfProxies.has(name))) delete headers[name];
  }
}

// Taken out whoever sent it: nothing below may read the header itself.
function takeCertificate(
  headers: IncomingHttpHeaders,
  { certificateHeader, verifiedHeader }: CertificateHeaders,
): WebState['clientCertificate'] {
  if (certificateHeader === undefined) return undefined;
  const text = headers[certificateHeader];
  const verified = verifiedHeader !== undefined && headers[verifiedHeader] === 'SUCCESS';
  delete headers[certificateHeader];
  if (verifiedHeader !== undefined) delete headers[verifiedHeader];
  return typeof text === 'string' && text !== '' ? { text, verified } : undefined;
}

// Each proxy appends its peer, so only the tail that trusted proxies wrote is true; before it anything may stand.
function rightmostStranger(list: BlockList, { peer, hops }: { peer: string; hops: readonly string[] }): string {
  let nearest = peer;
  for (const hop of hops.toReversed()) {
    const address = plainAddress(hop);
    if (address === undefined) return nearest;
    nearest = address;
    if (!isTrusted(list, address)) return nearest;
  }
  return nearest;
}

function isTrusted(list: BlockList, address: string): boolean {
  return list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}

function toBlockList(entries: readonly string[]): BlockList {
  const list = new BlockList();
  for (const entry of entries) {
    const [text = '', prefix] = entry.split('/');
    const address = plainAddress(text);
    if (address === undefined) throw new Error(`trusted proxy ${entry} is neither an address nor a CIDR`);
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    if (prefix === undefined) list.addAddress(address, family);
    else list.addSubnet(address, prefixLength(prefix, text, family), family);
  }
  return list;
}

// A mapped network `::ffff:10.0.0.0/104` counts its bits from the IPv6 side.
function prefixLength(prefix: string, text: string, family: 'ipv4' | 'ipv6'): number {
  const bits = Number(prefix);
  const mapped = family === 'ipv4' && text.includes(':');
  return mapped ? bits - 96 : bits;
}

function mappedIpv4(address: string): string | undefined {
  const groups = expandIpv6(address);
  const head = groups.slice(0, 6).join(':');
  if (head !== '0000:0000:0000:0000:0000:ffff') return undefined;
  const octets = groups.slice(6).flatMap((group) => [group.slice(0, 2), group.slice(2)]);
  return octets.map((octet) => Number.parseInt(octet, 16)).join('.');
}

function expandIpv6(address: string): string[] {
  const hexOnly = address.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_all, ...octets: string[]) => {
    const [a = 0, b = 0, c = 0, d = 0] = octets.slice(0, 4).map(Number);
    return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
  });
  const [left = '', right] = hexOnly.toLowerCase().split('::');
  const head = left === '' ? [] : left.split(':');
  const tail = right === undefined || right === '' ? [] : right.split(':');
  const missing = right === undefined ? 0 : 8 - head.length - tail.length;
  return [...head, ...Array.from({ length: missing }, () => '0'), ...tail].map((group) => group.padStart(4, '0'));
}
