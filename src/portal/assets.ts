// Style sheets and pictures, read once at the start and served under addresses that carry their content's hash.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Middleware } from 'koa';

interface Asset {
  readonly body: Buffer;
  readonly type: string;
  readonly version: string;
}

export interface Assets {
  /** Address of an asset; throws on a name that does not exist. */
  url(name: string): string;
  /** Answers `/assets/<name>`; everything else goes on. */
  readonly serve: Middleware;
}

const prefix = '/assets/';
const yearSeconds = 365 * 24 * 60 * 60;

/** Reads the assets; throws when one is missing. */
export function loadAssets(views: URL): Assets {
  const pico = createRequire(import.meta.url).resolve('@picocss/pico/css/pico.min.css');
  const assets = new Map<string, Asset>([
    ['pico.css', readAsset(pico, 'text/css; charset=utf-8')],
    ['portal.css', readAsset(new URL('../public/portal.css', views), 'text/css; charset=utf-8')],
    ['reload.js', readAsset(new URL('../public/reload.js', views), 'text/javascript; charset=utf-8')],
    ['diagnosis.js', readAsset(new URL('../public/diagnosis.js', views), 'text/javascript; charset=utf-8')],
    ['callcentre.js', readAsset(new URL('../public/callcentre.js', views), 'text/javascript; charset=utf-8')],
    ['icon.svg', readAsset(new URL('icon.svg', views), 'image/svg+xml')],
  ]);
  return {
    url(name) {
      const asset = assets.get(name);
      if (asset === undefined) throw new Error(`No asset "${name}".`);
      return `${prefix}${name}?v=${asset.version}`;
    },
    async serve(ctx, next) {
      const asset = ctx.path.startsWith(prefix) ? assets.get(ctx.path.slice(prefix.length)) : undefined;
      if (asset === undefined || (ctx.method !== 'GET' && ctx.method !== 'HEAD')) return next();
      const current = ctx.query['v'] === asset.version;
      ctx.set('Cache-Control', current ? `public, max-age=${yearSeconds}, immutable` : 'no-cache');
      ctx.etag = asset.version;
      ctx.type = asset.type;
      ctx.body = asset.body;
      if (ctx.fresh) ctx.status = 304;
    },
  };
}

function readAsset(file: string | URL, type: string): Asset {
  const body = readFileSync(file);
  return { body, type, version: createHash('sha256').update(body).digest('base64url').slice(0, 12) };
}
