// The style sheet of a brand: its colours as custom properties, named by its content like every other file. A file of
// our own, so that the content policy needs no exception.
import { createHash } from 'node:crypto';
import { type Palette, paletteOf } from '../ops/brand-colours.ts';
import type { Brand } from '../ops/brands.ts';
import type { WebMiddleware } from './web-types.ts';

const yearSeconds = 365 * 24 * 3_600;

/** Path and text of the sheet. */
export function brandSheet({ id, colours }: Pick<Brand, 'id' | 'colours'>): { path: string; body: string } {
  const { light, dark } = paletteOf(colours);
  const body = `${block(light)}\n@media (prefers-color-scheme: dark) {\n${block(dark)}\n}\n`;
  const hash = createHash('sha256').update(body).digest('hex').slice(0, 12);
  return { path: `/static/brand-${id}-${hash}.css`, body };
}

function block(palette: Palette): string {
  const lines = Object.entries(palette).map(([name, value]) => `  --${name}: ${value};`);
  return `:root {\n${lines.join('\n')}\n}`;
}

/** Answers the sheets of these brands. */
export function serveBrandSheets(brands: readonly Brand[]): WebMiddleware {
  const sheets = new Map(brands.map(brandSheet).map(({ path, body }) => [path, body]));
  return (ctx, next) => {
    const body = sheets.get(ctx.path);
    if (body === undefined || !['GET', 'HEAD'].includes(ctx.method)) return next();
    ctx.set('Cache-Control', `public, max-age=${yearSeconds}, immutable`);
    ctx.status = 200;
    ctx.type = 'css';
    ctx.body = body;
    return undefined;
  };
}
