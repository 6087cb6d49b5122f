// What anybody may read: the sites that accept Mobile Connect, and the pictogram that they show (A37). Drawn for this
// project; cacheable, answered from memory.
import { createHash } from 'node:crypto';
import type Koa from 'koa';
import type { ClientInfo } from './clients.ts';

const grounds: Readonly<Record<string, string>> = { exemple: '#0b4f71', ile: '#0a5f4e' };

/** A phone that is asked and agrees, on the brand's ground; undefined for a brand that there is not. */
export function pictogramOf(brand: string): string | undefined {
  const ground = Object.hasOwn(grounds, brand) ? grounds[brand] : undefined;
  if (ground === undefined) return undefined;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64" role="img" aria-label="Mobile Connect">
  <rect width="64" height="64" rx="14" fill="${ground}"/>
  <g fill="none" stroke="#fff" stroke-width="3.5" stroke-linecap="round" stroke-linejoin="round">
    <rect x="14" y="9" width="25" height="46" rx="5"/>
    <path d="M23 48h7"/>
    <path d="M20 28l5 5 8-10"/>
    <path d="M45 21a13 13 0 0 1 0 20M50 15a21 21 0 0 1 0 32"/>
  </g>
</svg>
`;
}

/** A site in the list; only what its operator registered to be shown. */
export function acceptingSite({ clientId, metadata }: ClientInfo): Record<string, string> {
  const shown = { client_id: clientId, name: metadata['client_name'] ?? clientId, uri: metadata['client_uri'] };
  const all = { ...shown, logo_uri: metadata['logo_uri'] };
  return Object.fromEntries(
    Object.entries(all).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}

export interface PublicDiscoveryDeps {
  readonly listClients: () => Promise<readonly ClientInfo[]>;
  readonly now: () => Date;
}

const keptMs = 60_000;
const pictogramPath = /^\/brands\/([a-z][a-z0-9-]{0,31})\/pictogram\.svg$/;

/** Middleware for both. */
export function createPublicDiscovery({ listClients, now }: PublicDiscoveryDeps): Koa.Middleware {
  let known: { sites: Promise<string>; until: number } | undefined;
  const sites = async (): Promise<string> => {
    if (known === undefined || known.until <= now().getTime()) {
      const read = readSites(listClients);
      known = { sites: read, until: now().getTime() + keptMs };
      read.catch(() => {
        known = undefined;
      });
    }
    return await known.sites;
  };
  return async (ctx, next) => {
    if (ctx.method !== 'GET' && ctx.method !== 'HEAD') return await next();
    if (ctx.path === '/discovery/v1/accepting-sites') {
      answerCacheable(ctx, { body: await sites(), type: 'application/json', seconds: 300 });
      return;
    }
    const picture = pictogramOf(pictogramPath.exec(ctx.path)?.[1] ?? '');
    if (picture === undefined) return await next();
    answerCacheable(ctx, { body: picture, type: 'image/svg+xml', seconds: 86_400 });
  };
}

async function readSites(listClients: PublicDiscoveryDeps['listClients']): Promise<string> {
  const shown = (await listClients()).filter(({ metadata }) => metadata['pictogram_shown'] === true).map(acceptingSite);
  return JSON.stringify({ sites: shown });
}

function answerCacheable(ctx: Koa.Context, document: { body: string; type: string; seconds: number }): void {
  ctx.set('Cache-Control', `public, max-age=${document.seconds}`);
  ctx.set('Access-Control-Allow-Origin', '*');
  // The sites that show the picture live elsewhere.
  ctx.set('Cross-Origin-Resource-Policy', 'cross-origin');
  ctx.set('ETag', `"${createHash('sha256').update(document.body).digest('base64url').slice(0, 22)}"`);
  ctx.status = 200;
  if (ctx.fresh) {
    ctx.status = 304;
    return;
  }
  ctx.type = document.type;
  ctx.body = document.body;
}
