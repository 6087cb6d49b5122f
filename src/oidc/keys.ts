// The signing keys of one issuer: made at the first start, sealed at rest, rotated without a restart.
// Each algorithm has a current key, which signs, and a next one, published so that relying parties know it before it
// does; a previous key verifies until the last token that it signed is gone. Order in the set decides who signs.
import { generateKeyPair } from 'node:crypto';
import { promisify } from 'node:util';
import { calculateJwkThumbprint, type JWK } from 'jose';
import type { MasterKey } from '../ops/master-key.ts';
import type { Database } from '../storage/database.ts';
import { raiseRevision } from '../storage/oidc-clients.ts';
import {
  deleteRetiredKeys,
  insertSigningKey,
  type KeyState,
  listSigningKeys,
  type NewSigningKey,
  promoteNextKeys,
  type SigningKeyRow,
} from '../storage/signing-keys.ts';

const signingAlgorithms = ['ES256', 'RS256', 'PS256', 'EdDSA'] as const;
export type SigningAlgorithm = (typeof signingAlgorithms)[number];

export interface KeyringDeps {
  readonly database: Pick<Database, 'db' | 'transaction'>;
  readonly masterKey: Pick<MasterKey, 'seal' | 'open'>;
  readonly issuer: string;
  readonly now: () => Date;
  /** How long a replaced key still verifies: as long as the longest-lived thing that it signed is shown to us. */
  readonly retireAfterSeconds: number;
  /** Default: ES256, RS256, PS256 and EdDSA. */
  readonly algorithms?: readonly SigningAlgorithm[] | undefined;
}

/** A key as the command line shows it. */
export interface KeyInfo {
  readonly kid: string;
  readonly alg: string;
  readonly state: KeyState;
  readonly createdAt: Date;
  readonly retireAt: Date | null;
}

export interface LoadedKeys {
  /** With private parts, current keys first: for the library alone. */
  readonly privateSet: { keys: JWK[] };
  /** For verifying our own tokens. */
  readonly publicSet: { keys: JWK[] };
  /** Changes when the set or its order changes. */
  readonly fingerprint: string;
}

export interface Keyring {
  /** Makes what is missing; nodes that start together end with one set. */
  ensure(): Promise<void>;
  load(): Promise<LoadedKeys>;
  list(): Promise<KeyInfo[]>;
  /** Next becomes current, current previous, and a new next key is published; tells all nodes. */
  rotate(): Promise<KeyInfo[]>;
}

const stateOrder: readonly KeyState[] = ['current', 'previous', 'next'];

/** Makes the functions over the keys of one issuer. */
export function createKeyring(deps: KeyringDeps): Keyring {
  const { database, issuer, now } = deps;
  const algorithms = deps.algorithms ?? signingAlgorithms;
  const list = async (): Promise<SigningKeyRow[]> => {
    const rows = await listSigningKeys(database.db, issuer, now());
    return rows.sort((a, b) => stateOrder.indexOf(a.state) - stateOrder.indexOf(b.state));
  };
  return {
    async ensure() {
      const present = new Set((await list()).map((key) => `${key.alg} ${key.state}`));
      const missing = algorithms.flatMap((alg) =>
        (['current', 'next'] as const)
          .filter((state) => !present.has(`${alg} ${state}`))
          .map((state) => ({ alg, state })),
      );
      const made = await Promise.all(missing.map(({ alg, state }) => makeKey(deps, alg, state)));
      for (const key of made) await insertSigningKey(database.db, key);
    },
    async load() {
      return loadedKeys(deps, await list());
    },
    async list() {
      return (await list()).map(keyInfo);
    },
    async rotate() {
      const made = await Promise.all(algorithms.map((alg) => makeKey(deps, alg, 'next')));
      const retireAt = new Date(now().getTime() + deps.retireAfterSeconds * 1_000);
      await database.transaction(async (tx) => {
        // Raised first: it holds the issuer's row, so that two rotations happen one after the other.
        await raiseRevision(tx, issuer);
        await promoteNextKeys(tx, issuer, retireAt);
        for (const key of made) await insertSigningKey(tx, key);
        await deleteRetiredKeys(tx, issuer, now());
      });
      return (await list()).map(keyInfo);
    },
  };
}

const generate = promisify(generateKeyPair);

async function newPair(alg: SigningAlgorithm) {
  if (alg === 'ES256') return await generate('ec', { namedCurve: 'P-256' });
  if (alg === 'EdDSA') return await generate('ed25519');
  return await generate('rsa', { modulusLength: 2048 });
}

async function makeKey(deps: KeyringDeps, alg: SigningAlgorithm, state: 'next' | 'current'): Promise<NewSigningKey> {
  const { privateKey, publicKey } = await newPair(alg);
  const bare = publicKey.export({ format: 'jwk' }) as JWK;
  const kid = await calculateJwkThumbprint(bare);
  const privateSealed = deps.masterKey.seal(
    keyPlace(deps.issuer, kid),
    JSON.stringify(privateKey.export({ format: 'jwk' })),
  );
  const publicJwk = { ...bare, kid, alg, use: 'sig' };
  return { issuer: deps.issuer, kid, alg, privateSealed, publicJwk, state, createdAt: deps.now() };
}

function loadedKeys({ masterKey, issuer }: KeyringDeps, rows: readonly SigningKeyRow[]): LoadedKeys {
  const privateKeys = rows.map(({ kid, alg, privateSealed }): JWK => {
    // Authenticated by the seal: nobody but this code wrote it.
    const jwk = JSON.parse(masterKey.open(keyPlace(issuer, kid), privateSealed).toString()) as JWK;
    return { ...jwk, kid, alg, use: 'sig' };
  });
  const publicKeys = rows.map(({ publicJwk }) => publicJwk as JWK);
  const fingerprint = rows.map(({ kid, state }) => `${kid} ${state}`).join('\n');
  return { privateSet: { keys: privateKeys }, publicSet: { keys: publicKeys }, fingerprint };
}

function keyPlace(issuer: string, kid: string) {
  return { table: 'signing_keys', column: 'private_sealed', row: `${issuer} ${kid}` };
}

function keyInfo({ kid, alg, state, createdAt, retireAt }: SigningKeyRow): KeyInfo {
  return { kid, alg, state, createdAt, retireAt };
}
