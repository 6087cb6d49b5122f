// What a client gets for a customer without a browser: the words while it waits, tokens that say what the SIM did, and
// nothing at all when the account or the line is no longer what it was.

import { decodeJwt, decodeProtectedHeader } from 'jose';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { sealCredential } from '../../../src/enrolment/credential.ts';
import { wishedSeconds } from '../../../src/oidc/ciba-polls.ts';
import { advanceClock } from '../../../src/storage/domain-clock.ts';
import type { CibaParty } from '../../support/flow-ciba.ts';
import { until } from '../../support/flow-until.ts';
import type { Customer } from '../authentication/sim-world.ts';
import { type CibaWorld, openCibaWorld } from './ciba-world.ts';

const refused = 0x01;

let world: CibaWorld;
let callcentre: CibaParty;
let someone: Customer;

beforeAll(async () => {
  world = await openCibaWorld();
  callcentre = world.party('callcentre');
});
beforeEach(async () => {
  someone = await world.customer();
});
afterAll(() => world?.close());

const hintOf = ({ msisdn }: Customer) => ({ login_hint: `tel:${msisdn}` });
const begin = async (customer: Customer, more: Record<string, string> = {}, party = callcentre) =>
  (await party.begin({ ...hintOf(customer), ...more })).id;
const wordOf = async (id: string, party = callcentre) => (await party.poll(id)).body['error'];
/** Past the end of the record, by this node's clock, and of the attempt. */
const end = async (id: string) => {
  await sql`update attempts set expires_at = app_now() where id = ${(await world.row(id)).attemptId}`.execute(
    world.database.db,
  );
};

describe('while the customer has not answered', () => {
  test('a poll hears authorization_pending; one that comes too soon slow_down, and must wait longer (O18, X111)', async () => {
    const id = await begin(someone);
    expect(await wordOf(id)).toBe('authorization_pending');
    expect(await wordOf(id)).toBe('slow_down');
    expect((await world.row(id)).intervalSeconds).toBe(10);
    await sql`update ciba_requests set polled_at = polled_at - interval '6 seconds'`.execute(world.database.db);
    expect(await wordOf(id)).toBe('slow_down');
    expect((await world.row(id)).intervalSeconds).toBe(15);
    await world.waitInterval(id);
    expect(await wordOf(id)).toBe('authorization_pending');
  });

  test('of 20 polls in one burst each is told to wait, none fails (O18)', async () => {
    const id = await begin(someone);
    const words = await Promise.all(Array.from({ length: 20 }, () => wordOf(id)));
    expect(words.filter((word) => word === 'authorization_pending')).toHaveLength(1);
    expect(words.filter((word) => word === 'slow_down')).toHaveLength(19);
  });

  test('an unknown id, and the id of another client, are invalid_grant (O19, O24)', async () => {
    const id = await begin(someone);
    expect(await wordOf('x'.repeat(43))).toBe('invalid_grant');
    expect(await wordOf(id, world.party('other'))).toBe('invalid_grant');
    expect((await callcentre.post('/token', { grant_type: 'urn:openid:params:grant-type:ciba' })).body['error']).toBe(
      'invalid_request',
    );
    // The other client's try was no poll of ours.
    expect(await wordOf(id)).toBe('authorization_pending');
  });
});

describe('when she has approved', () => {
  test('the tokens say how and when: the level of the SIM and the time of its answer (O25)', async () => {
    const id = await begin(someone, { acr_values: '3', scope: 'openid profile' });
    const before = Math.floor(Date.now() / 1_000);
    await world.answer(someone);
    const { status, body, headers } = await callcentre.poll(id);
    expect(status).toBe(200);
    expect(headers.get('cache-control')).toBe('no-store');
    const idToken = String(body['id_token']);
    expect(decodeProtectedHeader(idToken)).toMatchObject({ alg: 'ES256', kid: expect.any(String) });
    const claims = decodeJwt(idToken);
    expect(claims).toMatchObject({
      iss: world.issuer,
      aud: 'callcentre',
      sub: someone.accountIds[0],
      acr: '3',
      amr: ['sc', 'pin', 'mfa', 'mca'],
    });
    expect(claims['auth_time']).toBeGreaterThanOrEqual(before);
    expect(claims['auth_time']).toBeLessThanOrEqual(Math.floor(Date.now() / 1_000));
    expect(claims).not.toHaveProperty('urn:openid:params:jwt:claim:auth_req_id');
    const userinfo = await fetch(`${world.issuer}/userinfo`, {
      headers: { authorization: `Bearer ${body['access_token']}` },
    });
    expect(await userinfo.json()).toMatchObject({ sub: someone.accountIds[0], given_name: 'Person' });
  });

  test('the nonce comes back', async () => {
    const id = await begin(someone, { nonce: 'n-0S6_WzA2Mj' });
    await world.answer(someone);
    expect(decodeJwt(String((await callcentre.poll(id)).body['id_token']))['nonce']).toBe('n-0S6_WzA2Mj');
  });

  test('an OK without the PIN is acr 2 and never more (O17, O25)', async () => {
    const id = await begin(someone, { acr_values: '2' });
    await world.answer(someone);
    const claims = decodeJwt(String((await callcentre.poll(id)).body['id_token']));
    expect(claims).toMatchObject({ acr: '2', amr: ['sc', 'mca'] });
  });

  test('a token for the APIs is asked for at the exchange, and carries the level too (O45)', async () => {
    const resource = `${world.issuer}/api`;
    const id = await begin(someone, { scope: 'openid account.read', resource });
    await world.answer(someone);
    const { body } = await callcentre.poll(id, { resource });
    const verified = await world.oidc.verifyAccessToken(String(body['access_token']));
    expect(verified).toMatchObject({ accountId: someone.accountIds[0], clientId: 'callcentre', loa: 3 });
    expect([...verified.scopes]).toEqual(['account.read']);
  });

  test('a third party gets no claim that the customer has not consented to before (O37)', async () => {
    const partner = world.party('partner');
    const id = await begin(someone, { scope: 'openid profile phone' }, partner);
    await world.answer(someone);
    const { body } = await partner.poll(id);
    expect(body['scope']).toBe('openid');
    const userinfo = await fetch(`${world.issuer}/userinfo`, {
      headers: { authorization: `Bearer ${body['access_token']}` },
    });
    expect(Object.keys((await userinfo.json()) as object)).toEqual(['sub']);
  });

  test('the id is used up: whoever repeats it hears invalid_grant and loses nothing (O19, X110)', async () => {
    const other = world.party('other');
    const id = await begin(someone, { scope: 'openid offline_access' }, other);
    await world.answer(someone);
    const { body } = await other.poll(id);
    expect(await wordOf(id, other)).toBe('invalid_grant');
    const refresh = { grant_type: 'refresh_token', refresh_token: String(body['refresh_token']) };
    expect((await other.post('/token', refresh)).status).toBe(200);
  });

  test('a result is never slowed down, however fast it is asked for (O21)', async () => {
    const id = await begin(someone);
    await wordOf(id);
    await wordOf(id);
    await world.answer(someone);
    expect((await callcentre.poll(id)).status).toBe(200);
  });

  test('one SIM on two accounts opens the primary one (X118)', async () => {
    const two = await world.customer({ accounts: 2 });
    const id = await begin(two);
    await world.answer(two);
    expect(decodeJwt(String((await callcentre.poll(id)).body['id_token']))['sub']).toBe(two.accountIds[0]);
    const second = (await callcentre.begin({ login_hint: two.emails[1] ?? '' })).id;
    await world.answer(two);
    expect(decodeJwt(String((await callcentre.poll(second)).body['id_token']))['sub']).toBe(two.accountIds[1]);
  });

  test('an ID token of the client names the customer the next time, also when it has expired (O06)', async () => {
    const id = await begin(someone);
    await world.answer(someone);
    const { body } = await callcentre.poll(id);
    const again = await callcentre.begin({ id_token_hint: String(body['id_token']) });
    await world.answer(someone);
    expect(decodeJwt(String((await callcentre.poll(again.id)).body['id_token']))['sub']).toBe(someone.accountIds[0]);
    const foreign = await world.party('other').ask({ id_token_hint: String(body['id_token']) });
    expect(foreign.body['error']).toBe('invalid_request');
  });
});

describe('when she has not', () => {
  test('a refusal is access_denied once, then the id is worth nothing (O20)', async () => {
    const id = await begin(someone);
    await world.answer(someone, { result: refused });
    expect(await wordOf(id)).toBe('access_denied');
    expect(await wordOf(id)).toBe('invalid_grant');
  });

  test('a blocked PIN and a reported fraud look like a refusal (decisions 44)', async () => {
    for (const result of [0x03, 0x04]) {
      const customer = await world.customer();
      const id = await begin(customer);
      await world.answer(customer, { result, ...(result === 0x04 ? { triesLeft: 0 } : {}) });
      expect(await wordOf(id)).toBe('access_denied');
    }
  });

  test('after the end it is expired_token, however often and however fast it is asked (O19)', async () => {
    const id = await begin(someone);
    await end(id);
    for (const _time of [1, 2, 3]) expect(await wordOf(id)).toBe('expired_token');
    expect((await world.row(id)).outcome).toBe('expired');
  });

  test('and 60 seconds after the end of its own clock it still is', async () => {
    const id = await begin(someone, { requested_expiry: '1' });
    await until('the second is over', async () => (await wordOf(id)) === 'expired_token');
    const { rows } = await sql<{ kept: number }>`
      select extract(epoch from max(expires_at) - clock_timestamp())::float8 as kept from ephemeral_records
      where kind like '%BackchannelAuthenticationRequest'
        and expires_at < clock_timestamp() + interval '80 seconds'`.execute(world.database.db);
    expect(rows[0]?.kept).toBeGreaterThan(60);
  });

  test('an approval that comes after the end changes nothing (O23)', async () => {
    const id = await begin(someone);
    await world.take(someone);
    await end(id);
    await world.answer(someone);
    expect(await wordOf(id)).toBe('expired_token');
    expect((await world.row(id)).outcome).toBe('expired');
  });

  test('a card that cannot answer looks like nobody’s answer: pending to the end, then expired (decisions 18)', async () => {
    const id = await begin(someone);
    await world.answer(someone, { result: 0x07 });
    expect(await wordOf(id)).toBe('authorization_pending');
    // As polite as any other: what is held back is not told by the pace either.
    expect(await wordOf(id)).toBe('slow_down');
    await end(id);
    expect(await wordOf(id)).toBe('expired_token');
  });
});

const proofed = async (proofing: 'eidas1' | 'eidas2') => {
  const identity = { birthName: 'Martin', civilGivenNames: 'Alice Marie', birthDate: '1986-04-12', gender: 'female' };
  const place = { birthPlace: '75107', birthCountry: '99100' };
  const { db } = world.database;
  await db
    .updateTable('persons')
    .set({ ...identity, ...place, identityProofing: proofing })
    .where('id', 'in', db.selectFrom('accounts').select('personId').where('id', 'in', someone.accountIds))
    .execute();
};

test('a client of eidas is told the lower of the PIN and the proofing of the identity (O25)', async () => {
  const eidas = world.party('eidas');
  const acrOf = async (asked: string) => {
    const id = await begin(someone, { acr_values: asked }, eidas);
    await world.answer(someone);
    return decodeJwt(String((await eidas.poll(id)).body['id_token']))['acr'];
  };
  await proofed('eidas1');
  expect(await acrOf('eidas1')).toBe('eidas1');
  await proofed('eidas2');
  expect(await acrOf('eidas1')).toBe('eidas1');
  expect(await acrOf('eidas2')).toBe('eidas2');
});

describe('no token', () => {
  /** Approved, delivered, not yet redeemed. */
  const approved = async (customer: Customer, more: Record<string, string> = {}) => {
    const id = await begin(customer, more);
    await world.answer(customer);
    await world.oidc.ciba?.sweep();
    expect((await world.row(id)).deliveredAt).not.toBeNull();
    return id;
  };
  const enrolmentId = async () => (await world.enrolment(someone)).id;
  /** As after a reset with nothing but an SMS. */
  const weakenPin = async () => {
    const id = await enrolmentId();
    await world.database.transaction(async (tx) => {
      await sql`update enrolments set pin_trusted_from = app_now() + interval '1 day' where id = ${id}`.execute(tx);
      await sealCredential(tx, world.masterKey, id);
    });
  };

  test.each([
    ['the account is closed', sql`update accounts set status = 'closed' where id = `, () => someone.accountIds[0]],
    ['the line is suspended', sql`update lines set status = 'suspended' where msisdn = `, () => someone.msisdn],
    ['the line is terminated', sql`update lines set status = 'terminated' where msisdn = `, () => someone.msisdn],
    [
      'the service is locked',
      sql`update enrolments set locked_until = app_now() + interval '1 day' where id = `,
      enrolmentId,
    ],
    ['the account is taken off the SIM', sql`delete from mobile_connect_links where enrolment_id = `, enrolmentId],
  ])('when %s between approval and exchange, and the id is used up (O26, X119)', async (_what, change, of) => {
    const id = await approved(someone);
    await sql`${change}${await of()}`.execute(world.database.db);
    expect(await wordOf(id)).toBe('invalid_grant');
    await sql`update enrolments set locked_until = null`.execute(world.database.db);
    expect(await wordOf(id)).toBe('invalid_grant');
    const redeemed = world.facts.filter(({ action }) => action === 'ciba.redeemed').at(-1);
    expect(redeemed).toMatchObject({ outcome: 'failure', actor: 'client:callcentre' });
  });

  test('when the line is suspended between answer and delivery: it looks like nobody’s answer (O26)', async () => {
    const id = await begin(someone);
    await world.answer(someone);
    await sql`update lines set status = 'suspended' where msisdn = ${someone.msisdn}`.execute(world.database.db);
    expect(await wordOf(id)).toBe('authorization_pending');
    expect(await world.row(id)).toMatchObject({ outcome: 'withheld', deliveredAt: null });
    await sql`update lines set status = 'active' where msisdn = ${someone.msisdn}`.execute(world.database.db);
    await end(id);
    expect(await wordOf(id)).toBe('expired_token');
  });

  test('when the client has been removed, or lost the grant (O27)', async () => {
    const gone = { client_id: 'gone', client_secret: 'gone-demo-secret-32-characters-long', party: 'first' };
    const ciba = { grant_types: ['urn:openid:params:grant-type:ciba'], response_types: [] };
    const mode = { backchannel_token_delivery_mode: 'poll' };
    await world.oidc.clients.seed([{ ...gone, ...ciba, ...mode }]);
    const party = world.party('gone');
    const id = await begin(someone, {}, party);
    await world.answer(someone);
    const code = { grant_types: ['authorization_code'], redirect_uris: ['http://localhost:4001/cb'] };
    await world.oidc.clients.seed([{ ...gone, ...code }]);
    expect(await wordOf(id, party)).toBe('unauthorized_client');
    await world.oidc.clients.remove('gone');
    expect(await wordOf(id, party)).toBe('invalid_client');
    await world.oidc.ciba?.sweep();
    expect((await world.row(id)).deliveredAt).not.toBeNull();
  });

  test('for what a PIN that was reset by SMS alone cannot give: the phone does not even ring (O17)', async () => {
    await weakenPin();
    const id = await begin(someone, { acr_values: '3' });
    await world.take(someone);
    expect(world.wire.sentTo(someone.msisdn)).toEqual([]);
    expect(await wordOf(id)).toBe('authorization_pending');
  });

  test('when the PIN counts for less by the time of the answer: it looks like nobody’s answer (O17)', async () => {
    const id = await begin(someone, { acr_values: '3' });
    await weakenPin();
    await world.answer(someone);
    expect(await wordOf(id)).toBe('authorization_pending');
    expect((await world.row(id)).outcome).toBe('withheld');
  });

  test('for an identity that was not proofed as far as is asked (O17)', async () => {
    const eidas = world.party('eidas');
    const id = await begin(someone, { acr_values: 'eidas2' }, eidas);
    await world.take(someone);
    expect(world.wire.sentTo(someone.msisdn)).toEqual([]);
    expect(await wordOf(id, eidas)).toBe('authorization_pending');
  });

  test('when the identity that was asked for is taken back before the answer (O17)', async () => {
    const eidas = world.party('eidas');
    await proofed('eidas2');
    const id = await begin(someone, { acr_values: 'eidas2' }, eidas);
    await proofed('eidas1');
    await world.answer(someone);
    expect(await wordOf(id, eidas)).toBe('unmet_authentication_requirements');
  });

  test('after the domain clock has moved past the end', async () => {
    const id = await begin(someone);
    await advanceClock(world.database.db, 3_600);
    expect(await wordOf(id)).toBe('expired_token');
  });
});

describe('cancelling', () => {
  test('ends the request and takes the screen away; again, or later, it is 204 all the same (decisions 42)', async () => {
    const id = await begin(someone);
    await world.take(someone);
    expect((await callcentre.cancel(id)).status).toBe(204);
    await world.take(someone);
    // CANCEL: the goodbye to the screen.
    expect(someone.card.latest().data[1]).toBe(0x08);
    expect((await callcentre.cancel(id)).status).toBe(204);
    expect(await wordOf(id)).toBe('access_denied');
    expect((await callcentre.cancel(id)).status).toBe(204);
  });

  test('is for the client that began it, authenticated as everywhere', async () => {
    const id = await begin(someone);
    expect((await world.party('other').cancel(id)).status).toBe(404);
    expect((await callcentre.cancel('x'.repeat(43))).status).toBe(404);
    const nobody = await fetch(`${world.issuer}/backchannel/${id}`, { method: 'DELETE' });
    expect(nobody.status).toBe(400);
    const wrong = await fetch(`${world.issuer}/backchannel/${id}`, {
      method: 'DELETE',
      headers: { authorization: `Basic ${Buffer.from('callcentre:wrong').toString('base64')}` },
    });
    expect(wrong.status).toBe(401);
    expect(await wordOf(id)).toBe('authorization_pending');
  });

  test('changes nothing of what she has answered before', async () => {
    const id = await begin(someone);
    await world.answer(someone);
    expect((await callcentre.cancel(id)).status).toBe(204);
    expect((await callcentre.poll(id)).status).toBe(200);
  });
});

describe('a poll that waits (decisions 40)', () => {
  test.each([
    ['wait=10', 10],
    ['respond-async, wait = 10', 10],
    ['wait="5"; foo', 5],
    ['wait=900', 30],
    ['WAIT=3', 3],
    ['', 0],
    ['wait=-1', 0],
    ['wait=abc', 0],
    ['await=5', 0],
  ])('"%s" is %i seconds', (prefer, seconds) => {
    expect(wishedSeconds(prefer)).toBe(seconds);
  });

  test('is answered the moment she answers, also on another node than the one that began (O60)', async () => {
    const { url } = await world.node();
    const id = await begin(someone);
    const waiting = world.party('callcentre', url).poll(id, { wait: 20 });
    await until('it waits', async () => (await world.row(id)).polledAt !== null);
    await world.answer(someone);
    const { status, headers, body } = await waiting;
    expect(status).toBe(200);
    expect(headers.get('preference-applied')).toBe('wait=20');
    expect(decodeJwt(String(body['id_token']))['sub']).toBe(someone.accountIds[0]);
  });

  test('ends with authorization_pending at its limit, from where the interval counts', async () => {
    const id = await begin(someone);
    const { body, headers } = await callcentre.poll(id, { wait: 1 });
    expect([body['error'], headers.get('preference-applied')]).toEqual(['authorization_pending', 'wait=1']);
    expect(await wordOf(id)).toBe('slow_down');
  });

  test('ends with expired_token when the request ends', async () => {
    const id = await begin(someone, { requested_expiry: '1' });
    expect((await callcentre.poll(id, { wait: 20 })).body['error']).toBe('expired_token');
  });

  test('uses nothing up when its client has gone (O60)', async () => {
    const id = await begin(someone);
    const gone = new AbortController();
    const waiting = callcentre.poll(id, { wait: 20, signal: gone.signal }).catch(() => 'gone');
    await until('it waits', async () => (await world.row(id)).polledAt !== null);
    gone.abort();
    expect(await waiting).toBe('gone');
    await until('the server knows', () => world.left() > 0);
    await world.answer(someone);
    await world.oidc.ciba?.sweep();
    // Time enough for whoever still waits to use the result up.
    for (let turn = 0; turn < 30; turn++) await world.row(id);
    expect((await callcentre.poll(id)).status).toBe(200);
  });

  test('ends when the server stops', async () => {
    const { url, oidc } = await world.node();
    const id = await begin(someone);
    const waiting = world.party('callcentre', url).poll(id, { wait: 20 });
    await until('it waits', async () => (await world.row(id)).polledAt !== null);
    oidc.ciba?.endWaits();
    expect((await waiting).body['error']).toBe('authorization_pending');
  });
});
