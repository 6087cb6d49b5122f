// Reads the access token of a request, and all by which its sender can prove that it is its own (RFC 6750, RFC 9449,
// RFC 8705).
import type Koa from 'koa';
import { AppError } from '../errors.ts';
import { NoTokenError } from './problems.ts';
import type { TokenPresentation } from './route-types.ts';

const header = /^(Bearer|DPoP) +([\w\-.~+/]+=*)$/i;

/**
 * The token and how it came. Never from the query or the body, where tokens end in logs (RFC 6750 2.2, 2.3 are
 * optional). Throws NoTokenError and AppError('invalid_token').
 */
export function presentedToken(ctx: Koa.Context, issuer: string): { value: string; presented: TokenPresentation } {
  const authorization = ctx.get('Authorization');
  if (authorization === '') throw new NoTokenError();
  const [, scheme = '', value] = header.exec(authorization) ?? [];
  if (value === undefined) throw new AppError('invalid_token', { detail: 'neither a Bearer nor a DPoP header' });
  const proof = ctx.get('DPoP');
  const presented: TokenPresentation = {
    scheme: /^dpop$/i.test(scheme) ? 'DPoP' : 'Bearer',
    proof: proof === '' ? undefined : proof,
    method: ctx.method,
    url: addressOf(ctx, issuer),
    certificate: certificateOf(ctx),
    offerNonce: (nonce) => ctx.set('DPoP-Nonce', nonce),
  };
  return { value, presented };
}

// From the issuer: neither Host nor an absolute request target says who we are. The original path, for a mount may have
// taken the issuer's prefix off.
function addressOf({ originalUrl }: Koa.Context, issuer: string): string {
  return new URL(issuer).origin + (URL.parse(originalUrl, 'http://localhost')?.pathname ?? '');
}

// Left there by the web layer, for trusted proxies only.
function certificateOf(ctx: Koa.Context): string | undefined {
  const handed: unknown = ctx.state['clientCertificate'];
  if (typeof handed !== 'object' || handed === null || !('text' in handed)) return undefined;
  return String(handed.text);
}
