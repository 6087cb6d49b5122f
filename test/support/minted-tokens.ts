// Access tokens for the APIs, signed with the provider's own current key: any account, scope, level and age without a
// login for each.
import { importJWK, type JWTPayload, SignJWT } from 'jose';
import { createKeyring } from '../../src/oidc/keys.ts';
import type { FlowWorld } from './flow-world.ts';

export interface TokenWish {
  readonly accountId: string;
  readonly scopes: readonly string[];
  /** 1 password, 2 SIM, 3 PIN of the SIM; default 1. */
  readonly loa?: 1 | 2 | 3;
  /** Since the login; default 10. */
  readonly ageSeconds?: number;
  readonly brand?: string;
  /** Claims that are wrong on purpose, over the right ones. */
  readonly claims?: JWTPayload;
  /** Of the header, for tokens of another kind; default `at+jwt`. */
  readonly typ?: string;
}

export type Mint = (wish: TokenWish) => Promise<string>;

const amrOf = { 1: ['pwd'], 2: ['sc', 'mca'], 3: ['sc', 'pin', 'mfa', 'mca'] };

/** Makes the function; the world's clock counts. */
export async function createMint({ app, issuer }: Pick<FlowWorld, 'app' | 'issuer'>): Promise<Mint> {
  const { database, masterKey, now } = app.parts;
  const keyring = createKeyring({ database, masterKey, issuer, now, retireAfterSeconds: 0 });
  const jwk = (await keyring.load()).privateSet.keys.find(({ alg }) => alg === 'ES256');
  if (jwk?.kid === undefined) throw new Error('the provider has no key');
  const key = await importJWK(jwk, 'ES256');
  const header = { alg: 'ES256', kid: jwk.kid };
  let last = 0;
  return async ({ accountId, scopes, loa = 1, ageSeconds = 10, brand = 'exemple', claims = {}, typ = 'at+jwt' }) => {
    const seconds = Math.floor(now().getTime() / 1_000);
    const right = {
      ...{ iss: issuer, aud: `${issuer}/api`, sub: accountId, client_id: 'portal', brand, jti: `minted-${++last}` },
      ...{ scope: scopes.join(' '), acr: String(loa), amr: amrOf[loa], auth_time: seconds - ageSeconds },
      ...{ iat: seconds, exp: seconds + 300 },
    };
    return await new SignJWT({ ...right, ...claims }).setProtectedHeader({ ...header, typ }).sign(key);
  };
}
