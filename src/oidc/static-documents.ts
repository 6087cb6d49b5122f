// Discovery and key set: built once per instance of the library, by its own first answer, and then given from memory
// with an ETag (RFC 9110, 8.8.3). A rotation of keys builds another instance, and with it another document.
import { createHash } from 'node:crypto';
import type Koa from 'koa';

const documents = new Set(['/jwks', '/.well-known/openid-configuration', '/.well-known/oauth-authorization-server']);
// A next key is published for longer than this before it signs.
const cacheSeconds = 300;

interface StaticDocument {
  readonly body: string;
  readonly type: string;
  readonly etag: string;
}

/** Middleware of one instance; outside of all that changes those documents. */
export function createStaticDocuments(): Koa.Middleware {
  const known = new Map<string, StaticDocument>();
  return async (ctx, next) => {
    if (!documents.has(ctx.path) || (ctx.method !== 'GET' && ctx.method !== 'HEAD')) return await next();
    const document = known.get(ctx.path);
    if (document !== undefined) return answer(ctx, document);
    await next();
    const made = ctx.status === 200 ? documentOf(ctx) : undefined;
    if (made === undefined) return;
    known.set(ctx.path, made);
    answer(ctx, made);
  };
}

function documentOf(ctx: Koa.Context): StaticDocument | undefined {
  if (typeof ctx.body !== 'object' || ctx.body === null) return undefined;
  const body = JSON.stringify(ctx.body);
  const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
  return { body, type: ctx.response.get('Content-Type'), etag };
}

// Koa's own `fresh` would not answer 304 to a request that forbids caches between us and the client.
function isKnown(header: string, etag: string): boolean {
  return header.split(',').some((one) => ['*', etag].includes(one.trim().replace(/^W\//, '')));
}

// Public documents: any page may read them.
function answer(ctx: Koa.Context, { body, type, etag }: StaticDocument): void {
  ctx.status = 200;
  ctx.set({ 'Cache-Control': `public, max-age=${cacheSeconds}`, ETag: etag, 'Access-Control-Allow-Origin': '*' });
  ctx.remove('Vary');
  ctx.type = type;
  ctx.body = body;
  if (!isKnown(ctx.get('If-None-Match'), etag)) return;
  ctx.status = 304;
  ctx.body = null;
}
