// The library's storage on both engines: once-only things happen once, and what is revoked is gone.
import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import { errors } from 'oidc-provider';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createAdapterFactory, hashId } from '../../src/oidc/adapter.ts';
import { createMasterKey } from '../../src/ops/master-key.ts';
import { createDatabaseEphemeralStore } from '../../src/storage/ephemeral.ts';
import { insertClientRow, raiseRevision, readRevision, upsertClientRow } from '../../src/storage/oidc-clients.ts';
import {
  addConsent,
  findConsent,
  listConsents,
  purgeConsents,
  withdrawConsent,
} from '../../src/storage/oidc-consents.ts';
import { deleteRecordsOfClient, deleteSessionsAndGrants, purgeRecords } from '../../src/storage/oidc-records.ts';
import { insertSigningKey, listSigningKeys, promoteNextKeys } from '../../src/storage/signing-keys.ts';
import { engines, openTestDatabase, type TestDatabase } from '../support/databases.ts';

const issuer = 'https://id.exemple.test';
const id = () => randomBytes(16).toString('base64url');

describe.each(engines)('on %s', (engine) => {
  let opened: TestDatabase;
  beforeAll(async () => {
    opened = await openTestDatabase(engine);
  });
  afterAll(async () => {
    await opened.close();
  });

  const factory = (options: { issuer?: string; key?: number } = {}) =>
    createAdapterFactory({
      database: opened.database,
      ephemeral: createDatabaseEphemeralStore(opened.database),
      masterKey: createMasterKey({ current: Buffer.alloc(32, options.key ?? 1) }, randomBytes),
      clients: { adapter: undefined as never },
      issuer: options.issuer ?? issuer,
      refreshGraceSeconds: 30,
      pushedRequestSeconds: 900,
    });
  const adapterOf = (model: string, options?: { issuer?: string; key?: number }) => factory(options)(model);
  const age = (column: string, seconds: number) =>
    sql`update oidc_records set ${sql.ref(column)} = ${sql.ref(column)} - make_interval(secs => ${seconds})`.execute(
      opened.database.db,
    );

  describe.each(['Grant', 'RefreshToken', 'Session', 'AuthorizationCode', 'Interaction', 'AccessToken'])(
    'a %s',
    (model) => {
      test('comes back as it was, under its id and no other, and not at another issuer', async () => {
        const adapter = adapterOf(model);
        const key = id();
        const payload = {
          kind: model,
          jti: key,
          accountId: 'acc_1',
          clientId: 'portal',
          nonce: 'a\u0000b',
          exp: 2_000_000_000,
        };
        await adapter.upsert(key, payload, 60);
        expect(await adapter.find(key)).toEqual(payload);
        expect(await adapter.find(id())).toBeUndefined();
        expect(await adapterOf(model, { issuer: 'https://other.exemple.test' }).find(key)).toBeUndefined();
        await adapter.destroy(key);
        expect(await adapter.find(key)).toBeUndefined();
      });

      test('that was sealed with a lost key counts as gone', async () => {
        const key = id();
        await adapterOf(model).upsert(key, { kind: model }, 60);
        expect(await adapterOf(model, { key: 9 }).find(key)).toBeUndefined();
      });

      test('takes a negative life without a fault', async () => {
        await adapterOf(model).upsert(id(), { kind: model }, -2);
      });
    },
  );

  const refusals: Record<string, new (...given: never[]) => Error> = {
    AuthorizationCode: errors.InvalidGrant,
    PushedAuthorizationRequest: errors.InvalidRequestUri,
  };
  test.each(Object.keys(refusals))('a %s is consumed by one of twenty', async (model) => {
    const adapter = adapterOf(model);
    const key = id();
    await adapter.upsert(key, { kind: model }, 60);
    const results = await Promise.allSettled(Array.from({ length: 20 }, () => adapter.consume(key)));
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const result of results) {
      if (result.status === 'rejected') expect(result.reason).toBeInstanceOf(refusals[model]!);
    }
    expect(await adapter.find(key)).toMatchObject({ consumed: expect.any(Number) });
    await adapter.upsert(key, { kind: model }, 60);
    expect(await adapter.find(key)).toMatchObject({ consumed: expect.any(Number) });
  });

  test('what has vanished cannot be consumed, and breaks nothing', async () => {
    for (const model of ['AuthorizationCode', 'RefreshToken']) {
      await expect(adapterOf(model).consume(id())).rejects.toBeInstanceOf(errors.InvalidGrant);
    }
  });

  test('a used refresh token looks unused in the grace and used after it', async () => {
    const adapter = adapterOf('RefreshToken');
    const key = id();
    await adapter.upsert(key, { kind: 'RefreshToken', grantId: id() }, 600);
    await Promise.all(Array.from({ length: 10 }, () => adapter.consume(key)));
    expect(await adapter.find(key)).not.toHaveProperty('consumed');
    await age('consumed_at', 31);
    expect(await adapter.find(key)).toHaveProperty('consumed');
    await expect(adapter.consume(key)).rejects.toBeInstanceOf(errors.InvalidGrant);
  });

  test('a record is kept for fifteen seconds past its end, then it is gone and purged', async () => {
    const adapter = adapterOf('Grant');
    const key = id();
    await adapter.upsert(key, { kind: 'Grant' }, 60);
    await age('expires_at', 74);
    expect(await adapter.find(key)).toBeDefined();
    await age('expires_at', 2);
    expect(await adapter.find(key)).toBeUndefined();
    expect(await purgeRecords(opened.database.db)).toBeGreaterThan(0);
    expect(await purgeRecords(opened.database.db)).toBe(0);
  });

  test('a registration token without a life stays', async () => {
    const adapter = adapterOf('InitialAccessToken');
    await adapter.upsert('demo-registration-token', { kind: 'InitialAccessToken' });
    await age('expires_at', 1_000_000);
    expect(await adapter.find('demo-registration-token')).toMatchObject({ jti: 'demo-registration-token' });
  });

  test('revoking a grant removes its refresh tokens and no others', async () => {
    const adapter = adapterOf('RefreshToken');
    const [mine, alsoMine, other, grantId] = [id(), id(), id(), id()];
    await adapter.upsert(mine, { kind: 'RefreshToken', grantId }, 60);
    await adapter.upsert(alsoMine, { kind: 'RefreshToken', grantId }, 60);
    await adapter.upsert(other, { kind: 'RefreshToken', grantId: id() }, 60);
    await adapter.revokeByGrantId(grantId);
    const found = await Promise.all([mine, alsoMine, other].map((key) => adapter.find(key)));
    expect(found.map((payload) => payload !== undefined)).toEqual([false, false, true]);
  });

  test('a session is found by its uid; two ids of one session at once do not collide and end together', async () => {
    const adapter = adapterOf('Session');
    const [first, second, uid] = [id(), id(), id()];
    await Promise.all(
      [first, second].map((key) => adapter.upsert(key, { kind: 'Session', uid, accountId: 'acc_1' }, 60)),
    );
    const found = await adapter.findByUid(uid);
    expect(found).toMatchObject({ uid, accountId: 'acc_1' });
    expect(found).not.toHaveProperty('jti');
    await adapter.destroy(first);
    expect(await adapter.find(second)).toBeUndefined();
    expect(await adapter.findByUid(uid)).toBeUndefined();
  });

  test('all of an account ends at once, and nothing of another', async () => {
    const models = ['Session', 'Grant', 'RefreshToken'];
    const keys = models.map(() => ({ mine: id(), other: id() }));
    for (const [index, model] of models.entries()) {
      await adapterOf(model).upsert(keys[index]!.mine, { kind: model, uid: id(), accountId: 'acc_mine' }, 60);
      await adapterOf(model).upsert(keys[index]!.other, { kind: model, uid: id(), accountId: 'acc_other' }, 60);
    }
    await deleteSessionsAndGrants(opened.database.db, 'acc_mine');
    for (const [index, model] of models.entries()) {
      expect(await adapterOf(model).find(keys[index]!.mine)).toBeUndefined();
      expect(await adapterOf(model).find(keys[index]!.other)).toBeDefined();
    }
  });

  test('all of a client can be removed', async () => {
    const adapter = adapterOf('RefreshToken');
    const key = id();
    await adapter.upsert(key, { kind: 'RefreshToken', clientId: 'leaving' }, 60);
    await deleteRecordsOfClient(opened.database.db, { issuer, clientId: 'leaving' });
    expect(await adapter.find(key)).toBeUndefined();
  });

  test('a stored id is its hash', async () => {
    const key = id();
    await adapterOf('Grant').upsert(key, { kind: 'Grant' }, 60);
    const { rows } = await opened.database.executeSql('select id_hash from oidc_records where id_hash = $1', [
      hashId(key),
    ]);
    expect(rows).toHaveLength(1);
  });

  describe('consents', () => {
    const key = { issuer, accountId: 'acc_c', clientId: 'shop' };
    test('grow, are listed, expire and are taken back', async () => {
      const { db } = opened.database;
      await addConsent(db, key, { scopes: ['openid'], claims: [], ttlSeconds: 600 });
      await addConsent(db, key, { scopes: ['openid', 'email'], claims: ['gender'], ttlSeconds: 600 });
      const consent = await findConsent(db, key);
      expect([...consent!.scopes].sort()).toEqual(['email', 'openid']);
      expect(consent!.claims).toEqual(['gender']);
      expect(await listConsents(db, key)).toHaveLength(1);
      await sql`update oidc_consents set expires_at = clock_timestamp()`.execute(db);
      expect(await findConsent(db, key)).toBeUndefined();
      await addConsent(db, { ...key, clientId: 'old' }, { scopes: [], claims: [], ttlSeconds: -1 });
      await addConsent(db, key, { scopes: ['phone'], claims: [], ttlSeconds: 600 });
      expect(await findConsent(db, key)).toMatchObject({ scopes: ['phone'], claims: [] });
      expect([await purgeConsents(db), await purgeConsents(db)]).toEqual([1, 0]);
      expect(await withdrawConsent(db, key)).toBe(true);
      expect(await findConsent(db, key)).toBeUndefined();
    });
  });

  describe('clients', () => {
    const row = (clientId: string) => ({
      issuer,
      clientId,
      metadata: { client_id: clientId },
      secretSealed: null,
      origin: 'staff' as const,
      createdAt: new Date(),
    });
    test('are added by one of two who want the same id, and keep their origin', async () => {
      const { db } = opened.database;
      const added = await Promise.all([insertClientRow(db, row('twin')), insertClientRow(db, row('twin'))]);
      expect(added.sort()).toEqual([false, true]);
      await upsertClientRow(db, { ...row('twin'), origin: 'demo', metadata: { client_id: 'twin', client_name: 'T' } });
      const found = await db
        .selectFrom('oidcClients')
        .selectAll()
        .where('clientId', '=', 'twin')
        .executeTakeFirstOrThrow();
      expect(found).toMatchObject({ origin: 'staff', metadata: { client_name: 'T' } });
    });

    test('raise a revision that never goes back', async () => {
      const { db } = opened.database;
      const before = await readRevision(db, issuer);
      await Promise.all(Array.from({ length: 5 }, () => raiseRevision(db, issuer)));
      expect(await readRevision(db, issuer)).toBe(before + 5);
    });
  });

  describe('signing keys', () => {
    const keyIssuer = 'https://keys.exemple.test';
    const key = (kid: string, state: 'next' | 'current') => ({
      issuer: keyIssuer,
      kid,
      alg: 'ES256',
      privateSealed: 'v',
      publicJwk: { kid },
      state,
      createdAt: new Date(),
    });
    const states = async () => {
      const rows = await listSigningKeys(opened.database.db, keyIssuer, new Date());
      return Object.fromEntries(rows.map(({ kid, state }) => [kid, state]));
    };
    test('have one current and one next, and move on together', async () => {
      const { db } = opened.database;
      expect(await insertSigningKey(db, key('a', 'current'))).toBe(true);
      expect(await insertSigningKey(db, key('b', 'current'))).toBe(false);
      expect(await insertSigningKey(db, key('c', 'next'))).toBe(true);
      expect(await insertSigningKey(db, key('d', 'next'))).toBe(false);
      const retireAt = new Date(Date.now() + 60_000);
      await opened.database.transaction((tx) => promoteNextKeys(tx, keyIssuer, retireAt));
      expect(await states()).toEqual({ a: 'previous', c: 'current' });
      // Without a next key nothing moves: something must sign.
      await opened.database.transaction((tx) => promoteNextKeys(tx, keyIssuer, retireAt));
      expect(await states()).toEqual({ a: 'previous', c: 'current' });
      expect(await listSigningKeys(db, keyIssuer, new Date(Date.now() + 120_000))).toHaveLength(1);
    });
  });
});
