// Style sheets, scripts and pictures of the pages: read once at start, named by their content, so cached for ever.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { WebMiddleware } from './web-types.ts';

const ownFolder = new URL('../../views/public/', import.meta.url);
const files: readonly { readonly name: string; readonly url: URL; readonly type: string }[] = [
  { name: 'pico.css', url: new URL(import.meta.resolve('@picocss/pico/css/pico.min.css')), type: 'text/css' },
  { name: 'provider.css', url: new URL('provider.css', ownFolder), type: 'text/css' },
  { name: 'service.css', url: new URL('service.css', ownFolder), type: 'text/css' },
  { name: 'developers.css', url: new URL('developers.css', ownFolder), type: 'text/css' },
  { name: 'login.js', url: new URL('login.js', ownFolder), type: 'text/javascript' },
  { name: 'favicon.svg', url: new URL('favicon.svg', ownFolder), type: 'image/svg+xml' },
];
const yearSeconds = 365 * 24 * 3_600;

interface Asset {
  readonly body: Buffer;
  readonly type: string;
  readonly etag: string;
  readonly path: string;
}

export interface Assets {
  /** The path of a file, `/static/provider-1a2b3c4d.css`. Throws for a file that is not there. */
  path(name: string): string;
  serve: WebMiddleware;
}

/** Reads all files. `/favicon.ico` is answered too, for browsers that ask for nothing else. */
export function loadAssets(): Assets {
  const assets = new Map(files.map((file) => [file.name, toAsset(file)]));
  const byPath = new Map([...assets.values()].map((asset) => [asset.path, asset]));
  const icon = assets.get('favicon.svg');
  return {
    path(name) {
      const asset = assets.get(name);
      if (asset === undefined) throw new Error(`there is no file ${name}`);
      return asset.path;
    },
    serve(ctx, next) {
      const asset = ctx.path === '/favicon.ico' ? icon : byPath.get(ctx.path);
      if (asset === undefined || !['GET', 'HEAD'].includes(ctx.method)) return next();
      const life = ctx.path === asset.path ? `max-age=${yearSeconds}, immutable` : 'max-age=3600';
      ctx.set({ 'Cache-Control': `public, ${life}`, ETag: asset.etag });
      ctx.status = 200;
      ctx.type = asset.type;
      ctx.body = asset.body;
      if (ctx.fresh) ctx.status = 304;
      return undefined;
    },
  };
}

function toAsset({ name, url, type }: (typeof files)[number]): Asset {
  const body = readFileSync(url);
  const hash = createHash('sha256').update(body).digest('hex').slice(0, 12);
  return { body, type, etag: `"${hash}"`, path: `/static/${name.replace(/\.(\w+)$/, `-${hash}.$1`)}` };
}
