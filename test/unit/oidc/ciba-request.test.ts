// Asking for a customer without a browser: what is refused and with which word, what every accepted request is told,
// and that nothing of it depends on whether the customer exists.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { encodeAppletText } from '../../../src/messaging/applet-text.ts';
import { checkRequest, lifeOf, nobodyRung } from '../../../src/oidc/ciba-request.ts';
import { findLine } from '../../../src/storage/subscribers.ts';
import { type CibaParty, cibaParty } from '../../support/flow-ciba.ts';
import type { Customer } from '../authentication/sim-world.ts';
import { codeOf } from '../authentication/small-card.ts';
import { type CibaWorld, openCibaWorld, tagOf } from './ciba-world.ts';

let world: CibaWorld;
let callcentre: CibaParty;
let someone: Customer;

beforeAll(async () => {
  world = await openCibaWorld();
  callcentre = world.party('callcentre');
});
beforeEach(async () => {
  someone = await world.customer();
  world.facts.length = 0;
});
afterAll(() => world?.close());

const hintOf = ({ msisdn }: Customer) => ({ login_hint: `tel:${msisdn}` });

describe('the endpoint', () => {
  test('takes POST with a form only, and answers JSON that nobody keeps (O01)', async () => {
    const { headers, status } = await callcentre.ask(hintOf(someone));
    expect(status).toBe(200);
    expect(headers.get('content-type')).toContain('application/json');
    expect(headers.get('cache-control')).toBe('no-store');
    expect((await fetch(`${world.issuer}/backchannel`)).status).toBe(404);
    const json = await fetch(`${world.issuer}/backchannel`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/html' },
      body: '{}',
    });
    expect(json.status).toBe(400);
    expect(await json.json()).toMatchObject({ error: 'invalid_request' });
  });

  test('authenticates its client, with a challenge if Basic was used; a public client has no way in (O02)', async () => {
    const wrong = await cibaParty(world.issuer, 'callcentre', { secret: 'wrong' }).ask(hintOf(someone));
    expect(wrong.status).toBe(401);
    expect(wrong.body['error']).toBe('invalid_client');
    expect(wrong.headers.get('www-authenticate')).toContain('Basic');
    const open = await fetch(`${world.issuer}/backchannel`, {
      method: 'POST',
      body: new URLSearchParams({ client_id: 'public', scope: 'openid', ...hintOf(someone) }),
    });
    expect(await open.json()).toMatchObject({ error: 'unauthorized_client' });
  });

  test('refuses a client without the grant as unauthorized_client, here and at the token endpoint (O03)', async () => {
    const browsers = world.party('browsers');
    const refused = await browsers.ask(hintOf(someone));
    expect([refused.status, refused.body['error']]).toEqual([400, 'unauthorized_client']);
    const poll = await browsers.poll('x'.repeat(43));
    expect([poll.status, poll.body['error']]).toEqual([400, 'unauthorized_client']);
  });

  test('refuses by 403 what the client may not do whoever the customer is (O13)', () => {
    const hub = { clientId: 'hub', profile: 'hub' };
    expect(() => checkRequest({ oidc: { params: {} } } as never, hub as never)).toThrow(
      expect.objectContaining({ error: 'access_denied', statusCode: 403, expose: true }),
    );
  });
});

describe('parameters', () => {
  test('a scope without openid, or none, is refused; an unknown one is dropped (O04)', async () => {
    for (const scope of ['', 'profile']) {
      expect((await callcentre.ask({ ...hintOf(someone), scope })).body['error']).toBe('invalid_request');
    }
    expect((await callcentre.ask({ ...hintOf(someone), scope: 'openid unheard_of' })).status).toBe(200);
  });

  test('there is exactly one hint (O05)', async () => {
    expect((await callcentre.ask({})).body['error']).toBe('invalid_request');
    const two = { ...hintOf(someone), login_hint_token: 'token' };
    expect((await callcentre.ask(two)).body['error']).toBe('invalid_request');
  });

  test.each(['+33 6 39 98', 'nobody', 'tel:', `tel:${'9'.repeat(400)}`, '@', 'MSISDN:abc'])(
    'a hint that cannot be read is an error: %s (O06)',
    async (login_hint) => {
      const { status, body } = await callcentre.ask({ login_hint });
      expect([status, body['error']]).toEqual([400, 'invalid_request']);
    },
  );

  test('an ID token of another issuer or client is no hint (O06)', async () => {
    expect((await callcentre.ask({ id_token_hint: 'a.b.c' })).body['error']).toBe('invalid_request');
  });

  test('nothing may be said twice; what is not known is ignored (O07)', async () => {
    const twice = await callcentre.ask({ login_hint: [`tel:${someone.msisdn}`, 'tel:+33639982999'] });
    expect([twice.status, twice.body['error']]).toEqual([400, 'invalid_request']);
    expect((await callcentre.ask({ ...hintOf(someone), something: 'else' })).status).toBe(200);
  });

  test('a client that is pinged says by which token; one that polls need not and is never called (O08)', async () => {
    const pinged = world.party('pinged');
    for (const token of [undefined, 'with space', 'é', 'x'.repeat(1_025)]) {
      const more = token === undefined ? {} : { client_notification_token: token };
      expect((await pinged.ask({ ...hintOf(someone), ...more })).body['error']).toBe('invalid_request');
    }
    expect((await pinged.ask({ ...hintOf(someone), client_notification_token: 'a.b-c_d~e+f/g==' })).status).toBe(200);
    const other = await world.customer();
    const { id } = await callcentre.begin({ ...hintOf(other), client_notification_token: 'mine' });
    await world.answer(other);
    await world.oidc.ciba?.sweep();
    expect(await world.row(id)).toMatchObject({ outcome: 'approved' });
    expect(world.pings).toEqual([]);
  });

  test('there are no user codes, and nobody pretends that there were (O09)', async () => {
    const answer = await callcentre.ask({ ...hintOf(someone), user_code: '1234' });
    expect([answer.status, answer.body['error']]).toEqual([400, 'invalid_request']);
    const document = await (await fetch(`${world.issuer}/.well-known/openid-configuration`)).json();
    expect(document).toMatchObject({
      backchannel_user_code_parameter_supported: false,
      backchannel_token_delivery_modes_supported: ['poll', 'ping'],
      backchannel_authentication_endpoint: `${world.issuer}/backchannel`,
    });
  });

  test('tokens are delivered to nobody: a client cannot be registered for push (O28)', async () => {
    const metadata = {
      client_id: 'wants-push',
      party: 'first',
      redirect_uris: [],
      response_types: [],
      grant_types: ['urn:openid:params:grant-type:ciba'],
      backchannel_client_notification_endpoint: 'https://rp.exemple.test/notify',
    };
    const add = (mode: string) => world.oidc.clients.add({ ...metadata, backchannel_token_delivery_mode: mode });
    await expect(add('push')).rejects.toThrow('backchannel_token_delivery_mode');
    await expect(add('ping')).resolves.toMatchObject({ client: { clientId: 'wants-push' } });
  });

  test.each([
    ['a line break', 'one\ntwo'],
    ['a turn of the direction', 'pay \u202e001'],
    ['an invisible character', 'pay\u200b 100'],
    ['nothing but spaces', '   '],
    ['an emoji', 'pay 💶'],
    ['more than two SMS hold', 'A'.repeat(400)],
    ['more than two SMS hold in UCS-2', 'ж'.repeat(110)],
    ['half a surrogate pair', '\ud83d'],
  ])('a binding message with %s is refused (O10, X24)', async (_what, binding_message) => {
    const { status, body } = await callcentre.ask({ ...hintOf(someone), binding_message });
    expect([status, body['error']]).toEqual([400, 'invalid_binding_message']);
  });

  test.each(['Dossier n° 42 : êtes-vous d’accord ?', 'Zażółć gęślą jaźń', 'e\u0301te\u0301', 'A'.repeat(150)])(
    'the phone shows a binding message letter for letter: %s (O10)',
    async (binding_message) => {
      const customer = await world.customer();
      await callcentre.begin({ ...hintOf(customer), binding_message });
      await world.take(customer);
      expect(tagOf(customer.card.latest(), 0xc2)).toEqual(encodeAppletText(binding_message.normalize('NFC')).value);
    },
  );

  test.each([
    [undefined, 120],
    ['1', 1],
    ['60', 60],
    ['300', 300],
    ['1000000000', 300],
  ])('requested_expiry %s lives %i seconds, and the answer says so (O11)', async (asked, seconds) => {
    const more = asked === undefined ? {} : { requested_expiry: asked };
    const { body } = await callcentre.ask({ ...hintOf(await world.customer()), ...more });
    expect(body['expires_in']).toBe(seconds);
  });

  test.each(['0', '-1', 'abc', '1.5', '1e2', '0x10', ' 5', ''])('requested_expiry "%s" is no time (O11)', (asked) => {
    expect(() => lifeOf({ requested_expiry: asked }, 120)).toThrow(
      expect.objectContaining({ error: 'invalid_request' }),
    );
  });

  test('a level that does not exist is refused before anybody is looked for (O17)', async () => {
    const { status, body } = await callcentre.ask({ ...hintOf(someone), acr_values: '9' });
    expect([status, body['error']]).toEqual([400, 'unmet_authentication_requirements']);
    expect(world.facts).toEqual([]);
  });
});

describe('an accepted request', () => {
  test('is told its id, life, interval and reference code (O12)', async () => {
    const { id, answer } = await callcentre.begin(hintOf(someone));
    expect(id).toMatch(/^[\w-]{43}$/);
    expect(answer.body).toEqual({
      auth_req_id: id,
      expires_in: 120,
      interval: 5,
      reference_code: expect.stringMatching(/^\d{4}$/),
    });
    await world.take(someone);
    expect(codeOf(someone.card.latest().data)).toBe(answer.body['reference_code']);
  });

  test('looks the same for a number that nobody has, one without the service, and an unknown address (O06)', async () => {
    const strangers = [
      'tel:+33639989999',
      `tel:${(await world.customer({ enrolled: false })).msisdn}`,
      'x@exemple.test',
    ];
    for (const login_hint of strangers) {
      const { id, answer } = await callcentre.begin({ login_hint });
      expect(Object.keys(answer.body).sort()).toEqual(['auth_req_id', 'expires_in', 'interval', 'reference_code']);
      expect((await callcentre.poll(id)).body['error']).toBe('authorization_pending');
      expect(await world.row(id)).toMatchObject({ accountId: null });
    }
    expect(world.facts.filter(({ action }) => action === 'ciba.requested')).toHaveLength(3);
  });

  test('by an e-mail address rings the first line of that account', async () => {
    await callcentre.begin({ login_hint: someone.emails[0] ?? '' });
    await world.take(someone);
    expect(someone.card.latest()).toBeDefined();
  });

  test('stands sealed: no hint, no number and no id is readable in the database (O59)', async () => {
    const { id } = await callcentre.begin({ ...hintOf(someone), binding_message: 'very secret words' });
    const { rows } = await world.database.executeSql(
      `select (select json_agg(e)::text from ephemeral_records e) || (select json_agg(r)::text from ciba_requests r) as all`,
    );
    const text = JSON.stringify(rows);
    for (const secret of [id, someone.msisdn, someone.msisdn.slice(1), 'very secret words']) {
      expect(text).not.toContain(secret);
    }
    expect(world.logged.join('')).not.toContain(id);
    const about = world.facts.find(({ action }) => action === 'ciba.requested');
    expect(about).toMatchObject({ actor: 'client:callcentre', details: { hint: 'login_hint' } });
  });
});

describe('the phone', () => {
  test('types the code only for a client that shows it', async () => {
    const { answer } = await world.party('desk').begin(hintOf(someone));
    await world.take(someone);
    expect(someone.card.latest().data[2]! & 0x20).toBe(0x20);
    expect(answer.body['reference_code']).toMatch(/^\d{4}$/);
    const other = await world.customer();
    // Left alone twice: a browser would have to type now.
    for (const _time of [1, 2]) {
      const { id } = await callcentre.begin(hintOf(other));
      await callcentre.cancel(id);
    }
    await callcentre.begin(hintOf(other));
    await world.take(other);
    expect(other.card.latest().data[2]! & 0x20).toBe(0);
  });

  test('is not rung a second time while it shows a request; that one runs as a decoy (O35)', async () => {
    await callcentre.begin(hintOf(someone));
    await world.take(someone);
    const sent = world.wire.sentTo(someone.msisdn).length;
    const second = await world.party('other').begin(hintOf(someone));
    await world.take(someone);
    expect(world.wire.sentTo(someone.msisdn)).toHaveLength(sent);
    await world.answer(someone);
    expect((await world.party('other').poll(second.id)).body['error']).toBe('authorization_pending');
  });

  test('falls silent for a client that it has left unanswered too often, and not for others (O35)', async () => {
    for (const _time of [1, 2, 3]) {
      const { id } = await callcentre.begin(hintOf(someone));
      await callcentre.cancel(id);
    }
    const before = world.wire.sentTo(someone.msisdn).length;
    const { answer } = await callcentre.begin(hintOf(someone));
    await world.take(someone);
    expect(answer.status).toBe(200);
    expect(world.wire.sentTo(someone.msisdn)).toHaveLength(before);
  });

  test('cannot be reached at all: every number is told so, and nothing is stored (O16)', async () => {
    const count = async () => (await world.database.executeSql('select count(*) as n from ephemeral_records')).rows[0];
    const before = await count();
    world.wire.bound = false;
    try {
      for (const msisdn of [someone.msisdn, '+33639989999']) {
        const { status, body, headers } = await callcentre.ask({ login_hint: `tel:${msisdn}` });
        expect([status, body['error']]).toEqual([503, 'temporarily_unavailable']);
        expect(headers.get('retry-after')).toBe('5');
      }
    } finally {
      world.wire.bound = true;
    }
    expect(await count()).toEqual(before);
  });

  test('a request whose attempt cannot be written does not survive (O16)', async () => {
    const before = (await world.database.executeSql('select count(*) as n from ephemeral_records')).rows[0];
    await world.database.executeSql('alter table ciba_requests rename to ciba_requests_away');
    try {
      expect((await callcentre.ask(hintOf(someone))).status).toBe(500);
    } finally {
      await world.database.executeSql('alter table ciba_requests_away rename to ciba_requests');
    }
    expect((await world.database.executeSql('select count(*) as n from ephemeral_records')).rows[0]).toEqual(before);
    const line = await findLine(world.database.db, (await world.line(someone)).line.id);
    expect(line?.line.status).toBe('active');
    await world.take(someone);
    expect(world.wire.sentTo(someone.msisdn)).toEqual([]);
  });
});

test('a client, and a client for one customer, may ask so often and no more (O35, O56)', async () => {
  const strict = await openCibaWorld({ startsPerClient: 4, startsPerCustomer: 2 });
  try {
    const party = strict.party('callcentre');
    const answers = [];
    for (const n of [1, 1, 1, 2, 3]) answers.push(await party.ask({ login_hint: `tel:+3363998999${n}` }));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 429, 200, 429]);
    expect(answers[2]?.body['error']).toBe('slow_down');
    expect(Number(answers[2]?.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await strict.party('other').ask({ login_hint: 'tel:+33639989991' })).status).toBe(200);
  } finally {
    await strict.close();
  }
});

describe('a client that may hear who is registered (reveal_enrolment)', () => {
  const kept = async () => {
    const { db } = world.database;
    const requests = await db.selectFrom('cibaRequests').selectAll().execute();
    return [requests.length, (await db.selectFrom('ephemeralRecords').selectAll().execute()).length];
  };

  test('hears unknown_user_id of who is unknown or not registered; no request is kept, and the journal knows (O06, X04)', async () => {
    const told = world.party('told');
    const before = await kept();
    const waiting = await world.customer();
    await world.database.db
      .updateTable('enrolments')
      .set({ baseState: 'AWAITING_PIN' })
      .where('id', '=', (await world.enrolment(waiting)).id)
      .execute();
    const numbers = [
      '+33639989999',
      '+33612345678',
      (await world.customer({ enrolled: false })).msisdn,
      waiting.msisdn,
    ];
    for (const number of numbers) {
      const { status, body } = await told.ask({ login_hint: `tel:${number}` });
      expect([status, body['error'], body['auth_req_id']]).toEqual([400, 'unknown_user_id', undefined]);
    }
    expect(await kept()).toEqual(before);
    expect(world.facts.filter(({ action }) => action === 'ciba.requested')).toHaveLength(numbers.length);
    for (const number of numbers) expect((await callcentre.ask({ login_hint: `tel:${number}` })).status).toBe(200);
  });

  test('hears that the phone is busy, and the request on it goes on (X15, O35)', async () => {
    await callcentre.begin(hintOf(someone));
    const { status, body } = await world.party('told').ask(hintOf(someone));
    expect([status, body['error']]).toEqual([403, 'access_denied']);
    expect(body['error_description']).toMatch(/^The user is busy with another transaction/);
    await world.answer(someone);
    expect(someone.card.requests).toHaveLength(1);
  });

  test('rings who can be rung, and sees a decoy of who is locked, of an address, and of who falls short (O06)', async () => {
    const told = world.party('told');
    const locked = await world.customer();
    await world.database.db
      .updateTable('enrolments')
      .set({ lockedUntil: new Date('2040-01-01') })
      .where('id', '=', (await world.enrolment(locked)).id)
      .execute();
    for (const login_hint of [`tel:${someone.msisdn}`, `tel:${locked.msisdn}`, 'nobody@exemple.test']) {
      expect((await told.ask({ login_hint })).status).toBe(200);
    }
    await world.take(someone);
    expect(someone.card.requests).toHaveLength(1);
    const young = await world.customer();
    await world.database.db
      .updateTable('enrolments')
      .set({ pinTrustedFrom: new Date('2040-01-01') })
      .where('id', '=', (await world.enrolment(young)).id)
      .execute();
    expect((await told.ask({ ...hintOf(young), acr_values: '3' })).status).toBe(200);
    // The identity was never proofed so far.
    const proofed = await world.party('told-eidas').ask({ ...hintOf(await world.customer()), acr_values: 'eidas2' });
    expect([proofed.status, proofed.body['error']]).toEqual([200, undefined]);
  });

  test('with the server-initiated profile hears its words', () => {
    const bank = { profile: 'mobile-connect-si-1.0', reveal_enrolment: true };
    expect(nobodyRung(bank as never, 'busy')).toMatchObject({
      error: 'authorization_error',
      error_description: 'Previous authentication transaction is not finished',
      statusCode: 400,
      expose: true,
    });
    expect(nobodyRung(bank as never, 'unknown')).toMatchObject({ error: 'unknown_user_id', statusCode: 400 });
  });
});

test('who tries number after number learns nothing of any, is stopped for all alike, and stands in the journal (X04)', async () => {
  const strict = await openCibaWorld({ startsPerClient: 4 });
  try {
    const party = strict.party('callcentre');
    const hints = [
      `tel:${(await strict.customer()).msisdn}`,
      'tel:+33639989999',
      `tel:${(await strict.customer({ enrolled: false })).msisdn}`,
      'tel:+33612345678',
    ];
    const shapeOf = ({ status, body }: Awaited<ReturnType<CibaParty['ask']>>) =>
      JSON.stringify({ status, names: Object.keys(body).sort(), life: body['expires_in'], interval: body['interval'] });
    const shapes = [];
    for (const login_hint of hints) shapes.push(shapeOf(await party.ask({ login_hint })));
    expect(new Set(shapes).size).toBe(1);
    const refused = [];
    for (const login_hint of hints) refused.push(await party.ask({ login_hint }));
    expect(refused.map(({ status }) => status)).toEqual([429, 429, 429, 429]);
    expect(new Set(refused.map(({ body }) => body['error_description'])).size).toBe(1);
    const rows = strict.facts.filter(({ action }) => action === 'ciba.requested');
    expect(rows).toHaveLength(4);
    expect(new Set(rows.map(({ actor, accountId }) => `${actor} ${accountId}`))).toEqual(
      new Set(['client:callcentre null']),
    );
  } finally {
    await strict.close();
  }
});
