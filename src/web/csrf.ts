// Forms are ours and of this browser: a hidden field holds the HMAC of a cookie and of the page that it belongs to.
// The cookie alone can be planted, the field alone can be read from another browser's page; together they cannot.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { AppError } from '../errors.ts';
import { ensureOpaqueCookie, findOpaqueCookie } from './cookies.ts';
import type { WebContext } from './web-types.ts';

export interface Csrf {
  /** The value for the hidden field `csrf` of a form; `scope` names the page, an interaction's uid. */
  token(ctx: WebContext, scope: string): string;
  /** Throws AppError('csrf_failed') unless `given` is the token of this browser and scope. */
  check(ctx: WebContext, scope: string, given: string | undefined): void;
}

/** `key`: 32 random bytes, the same on every node. */
export function createCsrf({ key, randomBytes }: { key: Buffer; randomBytes: (size: number) => Buffer }): Csrf {
  const sign = (cookie: string, scope: string) => createHmac('sha256', key).update(`${cookie}\n${scope}`).digest();
  return {
    token: (ctx, scope) => sign(ensureOpaqueCookie(ctx, 'csrf', randomBytes), scope).toString('base64url'),
    check(ctx, scope, given) {
      if (isForeign(ctx.get('Sec-Fetch-Site'))) throw new AppError('csrf_failed', { detail: 'sent from another site' });
      const cookie = findOpaqueCookie(ctx, 'csrf');
      if (cookie === undefined) throw new AppError('csrf_failed', { detail: 'no cookie' });
      const wanted = sign(cookie, scope);
      const found = Buffer.from(given ?? '', 'base64url');
      if (found.length !== wanted.length || !timingSafeEqual(found, wanted)) {
        throw new AppError('csrf_failed', { detail: given === undefined ? 'no field' : 'wrong field' });
      }
    },
  };
}

// `Origin` is no help here: with `no-referrer` browsers send it as `null`.
function isForeign(fetchSite: string): boolean {
  return fetchSite === 'cross-site' || fetchSite === 'same-site';
}
