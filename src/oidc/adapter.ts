// The library's storage: durable models in PostgreSQL, short-lived ones in the ephemeral store.
// Ids are kept as SHA-256 and payloads sealed, so that no stored row is a usable token (decisions 33 and 49).
// Consuming is one conditional statement; whoever loses gets InvalidGrant.
import { createHash } from 'node:crypto';
import { type Adapter, type AdapterFactory, type AdapterPayload, errors } from 'oidc-provider';
import { type MasterKey, SealError } from '../ops/master-key.ts';
import type { Database } from '../storage/database.ts';
import type { EphemeralStore } from '../storage/ephemeral.ts';
import {
  consumeRecord,
  deleteRecord,
  deleteRecordsOfGrant,
  type FoundRecord,
  findRecord,
  findRecordByUid,
  upsertRecord,
} from '../storage/oidc-records.ts';
import type { ClientRegistry } from './clients.ts';

export interface AdapterDeps {
  readonly database: Pick<Database, 'db'>;
  readonly ephemeral: EphemeralStore;
  readonly masterKey: Pick<MasterKey, 'seal' | 'open'>;
  readonly clients: Pick<ClientRegistry, 'adapter'>;
  readonly issuer: string;
  /** A refresh token may be repeated for this long after it was used (decisions 14). */
  readonly refreshGraceSeconds: number;
  /** A pushed request is remembered for this long past its own end, so that it is good for one login only. */
  readonly pushedRequestSeconds: number;
}

/** Kept past their expiry, so that a clock a little behind ours does not lose them. */
export const clockToleranceSeconds = 15;

/** A client may ask for so long what became of it, and hears `expired_token` (decisions 16). */
const expiredIsToldSeconds: Readonly<Record<string, number>> = { BackchannelAuthenticationRequest: 60 };

const durableModels = new Set(['Grant', 'RefreshToken', 'Session', 'InitialAccessToken', 'RegistrationAccessToken']);

/** Makes the adapter of each model, for one issuer. */
export function createAdapterFactory(deps: AdapterDeps): AdapterFactory {
  return (model) => {
    if (model === 'Client') return deps.clients.adapter;
    return durableModels.has(model) ? durableAdapter(deps, model) : ephemeralAdapter(deps, model);
  };
}

/** SHA-256 of an id, under which its record stands. */
export function hashId(id: string): Buffer {
  return createHash('sha256').update(id).digest();
}

function durableAdapter(deps: AdapterDeps, model: string): Adapter {
  const { issuer } = deps;
  const { db } = deps.database;
  const seal = sealing(deps, { table: 'oidc_records', model });
  const keyOf = (id: string) => ({ issuer, model, idHash: hashId(id) });
  const opened = (found: FoundRecord, id: string | undefined): AdapterPayload | undefined => {
    const payload = seal.open(found.idHash, found.payload);
    if (payload === undefined) return undefined;
    const consumed = isSpent(deps, model, found) ? { consumed: epoch(found.consumedAt) } : undefined;
    return { ...payload, ...(id === undefined ? undefined : { jti: id }), ...consumed };
  };
  return {
    ...unused,
    async upsert(id, payload, expiresIn) {
      const key = keyOf(id);
      await upsertRecord(db, key, {
        payload: seal.close(key.idHash, payload),
        grantHash: payload.grantId === undefined ? null : hashId(payload.grantId),
        uidHash: model === 'Session' && payload.uid !== undefined ? hashId(payload.uid) : null,
        accountId: payload.accountId ?? null,
        clientId: payload.clientId ?? null,
        ttlSeconds: expiresIn === undefined ? null : expiresIn + clockToleranceSeconds,
      });
    },
    async find(id) {
      const found = await findRecord(db, keyOf(id));
      return found && opened(found, id);
    },
    async findByUid(uid) {
      const found = await findRecordByUid(db, { issuer, model, uidHash: hashId(uid) });
      // The id is not stored: whoever asks by uid reads the session and never writes it back.
      return found && opened(found, undefined);
    },
    async consume(id) {
      if (await consumeRecord(db, keyOf(id))) return;
      const found = await findRecord(db, keyOf(id));
      if (found === undefined || isSpent(deps, model, found)) throw new errors.InvalidGrant('already used');
    },
    async destroy(id) {
      await deleteRecord(db, keyOf(id));
    },
    async revokeByGrantId(grantId) {
      await deleteRecordsOfGrant(db, { issuer, model, grantHash: hashId(grantId) });
    },
  };
}

// Within the grace a used refresh token looks unused: parallel repeats by the same client all succeed.
function isSpent(deps: AdapterDeps, model: string, { consumedAt, consumedAge }: FoundRecord): boolean {
  if (consumedAt === null) return false;
  return model !== 'RefreshToken' || (consumedAge ?? 0) > deps.refreshGraceSeconds;
}

function ephemeralAdapter(deps: AdapterDeps, model: string): Adapter {
  const { ephemeral, issuer } = deps;
  const isPushed = model === 'PushedAuthorizationRequest';
  const keptSeconds =
    clockToleranceSeconds + (isPushed ? deps.pushedRequestSeconds : (expiredIsToldSeconds[model] ?? 0));
  const kind = ephemeralKind(issuer, model);
  const seal = sealing(deps, { table: 'ephemeral_records', model });
  const keyOf = (id: string) => hashId(id).toString('base64url');
  return {
    ...unused,
    async upsert(id, payload, expiresIn = 0) {
      const value = seal.close(hashId(id), payload);
      await ephemeral.put(kind, keyOf(id), { value, ttlSeconds: Math.max(1, expiresIn) + keptSeconds });
    },
    async find(id) {
      const found = await ephemeral.find(kind, keyOf(id));
      const payload = found && seal.open(hashId(id), found.value);
      if (payload === undefined) return undefined;
      const consumed = found?.consumedAt ? { consumed: epoch(found.consumedAt) } : undefined;
      return { ...payload, jti: id, ...consumed };
    },
    async consume(id) {
      if (await ephemeral.consume(kind, keyOf(id))) return;
      throw isPushed ? new errors.InvalidRequestUri('already used') : new errors.InvalidGrant('already used');
    },
    async destroy(id) {
      await ephemeral.remove(kind, keyOf(id));
    },
    // Revoking deletes the grant, which every use of these reads; so no list of them is kept.
    async revokeByGrantId() {},
  };
}

/** The kind under which a model's short-lived records of an issuer stand. */
export function ephemeralKind(issuer: string, model: string): string {
  return `oidc ${issuer} ${model}`;
}

const unused: Pick<Adapter, 'findByUid' | 'findByUserCode'> = {
  async findByUid() {},
  async findByUserCode() {},
};

// Payloads carry hints, numbers, nonces and addresses with ids in them: they are sealed as a whole.
function sealing({ masterKey, issuer }: AdapterDeps, { table, model }: { table: string; model: string }) {
  return {
    close(idHash: Buffer, payload: AdapterPayload): { sealed: string } {
      const { jti: _, consumed: __, ...rest } = payload;
      const place = placeOf({ table, model, issuer, idHash });
      return { sealed: masterKey.seal(place, JSON.stringify(rest)) };
    },
    /** Undefined when it was sealed with a key that is gone: the record then counts as lost. */
    open: (idHash: Buffer, value: unknown) => openRecord({ masterKey, issuer }, { table, model, idHash }, value),
  };
}

interface RecordPlace {
  readonly table: string;
  readonly model: string;
  readonly idHash: Buffer;
}

function placeOf({ table, model, issuer, idHash }: RecordPlace & { issuer: string }) {
  return { table, column: model, row: `${issuer} ${idHash.toString('base64url')}` };
}

/** The payload of a stored record, without its id; undefined when the key that sealed it is gone. */
export function openRecord(
  { masterKey, issuer }: { masterKey: Pick<MasterKey, 'open'>; issuer: string },
  place: RecordPlace,
  value: unknown,
): AdapterPayload | undefined {
  if (typeof value !== 'object' || value === null || !('sealed' in value)) return undefined;
  try {
    // Authenticated by the seal: nobody but this code wrote it.
    const plain = masterKey.open(placeOf({ ...place, issuer }), String(value.sealed)).toString();
    return JSON.parse(plain) as AdapterPayload;
  } catch (cause) {
    if (cause instanceof SealError) return undefined;
    throw cause;
  }
}

function epoch(date: Date | null): number | undefined {
  return date === null ? undefined : Math.floor(date.getTime() / 1_000);
}
