// Activation, links and deactivation as use cases on both engines: alone, twenty at once, early, late and refused.
import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { effectiveState } from '../../src/authentication/policies.ts';
import { credentialHolds } from '../../src/authentication/sim-keyring.ts';
import type { AccountId } from '../../src/identifiers.ts';
import { endOverdueActivations, findOpenActivation } from '../../src/storage/activations.ts';
import { listLinks } from '../../src/storage/enrolments.ts';
import { findLine, listLinkedAccounts, listLinkIds } from '../../src/storage/subscribers.ts';
import { engines, openTestDatabase, type TestDatabase } from '../support/databases.ts';
import { type ActivationWorld, createActivationWorld, type Owner, rules } from './activation-world.ts';
import { resetClock } from './rows.ts';

describe.each(engines)('activations on %s', (engine) => {
  let open: TestDatabase;
  let world: ActivationWorld;
  beforeAll(async () => {
    open = await openTestDatabase(engine);
    world = await createActivationWorld(open.database);
  });
  beforeEach(() => resetClock(open.database));
  afterAll(() => open?.close());

  const twenty = <T>(work: () => Promise<T>) => Promise.all(Array.from({ length: 20 }, work));
  const kinds = (outcomes: { kind: string }[], kind: string) => outcomes.filter((one) => one.kind === kind).length;
  const advance = (seconds: number) =>
    sql`update domain_clock set offset_seconds = offset_seconds + ${seconds}`.execute(open.database.db);

  /** Whether the MAC fits what the row and its links say. */
  const isSealed = async (who: Owner) => {
    const enrolment = (await world.enrolment(who))!;
    const accountIds = await listLinkIds(open.database.db, enrolment.id);
    const { id: enrolmentId, pinKey, pinKeyProvenance: provenance, credentialMac } = enrolment;
    return credentialHolds(
      world.masterKey,
      { iccid: who.iccid, enrolmentId, accountIds, pinKey, provenance },
      credentialMac,
    );
  };

  describe('all at once', () => {
    test('twenty beginnings on one line are one activation (A15)', async () => {
      const who = await world.owner();
      const outcomes = await twenty(() => world.begin(who));
      expect(new Set(outcomes.map((one) => (one.kind === 'open' ? one.id : one.kind))).size).toBe(1);
      expect(outcomes.filter((one) => one.kind === 'open' && one.created)).toHaveLength(1);
    });

    test('twenty installations ask the SIM once (A15, A20)', async () => {
      const who = await world.owner();
      const request = await world.upTo(who, 'terms');
      await world.activation.acceptTerms(request, { accepted: true, version: 'v1', address: '192.0.2.1' });
      const outcomes = await twenty(() => world.activation.startInstallation(request));
      expect(kinds(outcomes, 'ok')).toBe(1);
      expect(await world.attempts(who.lineId, 'status')).toHaveLength(1);
    });

    test('twenty times "next" ask the phone for one PIN', async () => {
      const who = await world.owner();
      const request = await world.upTo(who, 'installed');
      const outcomes = await twenty(() => world.activation.askPin(request));
      expect([kinds(outcomes, 'ok'), kinds(outcomes, 'command-open')]).toEqual([1, 19]);
      expect(await world.attempts(who.lineId, 'enrol')).toHaveLength(1);
    });

    test('twenty last steps link once and tell once (A27)', async () => {
      const who = await world.owner();
      const request = await world.upTo(who, 'pin_set');
      const outcomes = await twenty(() => world.activation.confirm(request));
      expect(kinds(outcomes, 'ok')).toBe(20);
      expect(
        world.told.filter(({ kind, accountId }) => kind === 'activated' && accountId === who.accountId),
      ).toHaveLength(1);
    });

    test('twenty deactivations ask the phone once, and its answer counts once (A42, A43)', async () => {
      const who = await world.owner();
      await world.upTo(who, 'done');
      const { accountId, lineId } = who;
      const outcomes = await twenty(() => world.confirmations.deactivate({ accountId, lineId, locale: 'fr' }));
      expect([kinds(outcomes, 'started'), kinds(outcomes, 'command-open')]).toEqual([1, 19]);
      const [attempt] = await world.attempts(lineId, 'deactivate');
      await twenty(() => world.answer(attempt!, 'approved'));
      expect(world.told.filter((one) => one.kind === 'deactivated' && one.accountId === accountId)).toHaveLength(1);
      expect(await world.attempts(lineId, 'disable')).toHaveLength(1);
    });
  });

  describe('who may begin', () => {
    test('nobody without a fresh password (A18)', async () => {
      const { accountId, lineId } = await world.owner();
      expect(await world.activation.begin({ accountId, lineId, passwordFresh: false })).toEqual({
        kind: 'password-needed',
      });
    });

    test('not another account, which learns nothing (A16); nor one that only manages the contract', async () => {
      const who = await world.owner();
      const accountId = await world.rows.account();
      const asked = { accountId, lineId: who.lineId, passwordFresh: true };
      expect(await world.activation.begin(asked)).toEqual({ kind: 'unknown-line' });
      const proxy = { accountId, contractId: `ctr_${who.lineId}`, relation: 'proxy' as const, since: new Date() };
      await open.database.db.insertInto('accountContracts').values(proxy).execute();
      expect(await world.activation.begin(asked)).toEqual({ kind: 'unknown-line' });
    });

    test.each([
      [
        'a SIM that is not compatible (A09)',
        { sim: { appletCapable: false } },
        { kind: 'not-eligible', reason: 'sim_incompatible' },
      ],
      ['a 4G box', { line: { kind: '4g-box' } }, { kind: 'not-eligible', reason: 'box_line' }],
      ['a fixed line (A17)', { line: { kind: 'fixed' } }, { kind: 'not-eligible', reason: 'no_mobile_line' }],
      ['a suspended line', { line: { status: 'suspended' } }, { kind: 'line-suspended' }],
    ])('not on %s', async (_what, changes, outcome) => {
      const who = await world.owner(changes);
      expect(await world.begin(who)).toEqual(outcome);
      expect(await findOpenActivation(open.database.db, who.lineId)).toBeUndefined();
    });

    test('nothing where the SMSC is down: the step can be taken later', async () => {
      const who = await world.owner();
      const request = await world.upTo(who, 'terms');
      await world.activation.acceptTerms(request, { accepted: true, version: 'v1', address: '192.0.2.1' });
      world.transport.bound = false;
      expect(await world.activation.startInstallation(request)).toEqual({ kind: 'unavailable' });
      world.transport.bound = true;
      expect(await world.activation.startInstallation(request)).toEqual({ kind: 'ok' });
    });
  });

  describe('the terms (A19)', () => {
    test('are kept with version, language, time and the place they came from', async () => {
      const who = await world.owner();
      await world.upTo(who, 'installing');
      const row = await findOpenActivation(open.database.db, who.lineId);
      expect(row).toMatchObject({ termsVersion: 'v1', termsLocale: 'fr', accountId: who.accountId });
      expect(row?.termsAcceptedAt).toBeInstanceOf(Date);
      expect(row?.termsAddress).toHaveLength(32);
      expect(await world.enrolment(who)).toMatchObject({ baseState: 'INSTALLING', termsVersion: 'v1' });
    });

    test('must be accepted, and be the ones of today', async () => {
      const request = await world.upTo(await world.owner(), 'terms');
      const accept = (accepted: boolean, version: string) =>
        world.activation.acceptTerms(request, { accepted, version, address: '192.0.2.1' });
      expect(await accept(false, 'v1')).toEqual({ kind: 'terms-missing' });
      expect(await accept(true, 'v0')).toEqual({ kind: 'stale-terms' });
      expect(await world.activation.startInstallation(request)).toEqual({ kind: 'terms-missing' });
    });
  });

  describe('installation', () => {
    test('is over after 15 minutes without an answer, to the second; a late answer revives nothing (A20, X17)', async () => {
      const who = await world.owner();
      const request = await world.upTo(who, 'installing');
      await advance(15 * 60 - 5);
      expect((await world.activation.view(request))?.step).toBe('installing');
      await advance(5);
      expect(await world.activation.view(request)).toMatchObject({ step: 'failed', problem: 'install_timeout' });
      expect(await world.enrolment(who)).toMatchObject({ baseState: 'INACTIVE' });
      const [attempt] = await world.attempts(who.lineId, 'status');
      await world.answer(attempt!, 'not-enrolled');
      expect((await world.activation.view(request))?.step).toBe('failed');
      expect((await world.begin(who)).kind).toBe('open');
    });

    test('empties a card that still has the PIN of an earlier service, and goes on', async () => {
      const who = await world.owner();
      const request = await world.upTo(who, 'installing');
      const [status] = await world.attempts(who.lineId, 'status');
      await world.answer(status!, 'approved');
      const [disable] = await world.attempts(who.lineId, 'disable');
      expect((await world.activation.view(request))?.step).toBe('installing');
      await world.answer(disable!, 'approved');
      expect((await world.activation.view(request))?.step).toBe('installed');
    });

    test('does not go on by "next" alone (A21)', async () => {
      const request = await world.upTo(await world.owner(), 'installing');
      expect(await world.activation.askPin(request)).toEqual({ kind: 'wrong-step', due: 'installing' });
      expect(await world.activation.confirm(request)).toEqual({ kind: 'wrong-step', due: 'installing' });
    });
  });

  describe('the PIN', () => {
    test.each([
      ['cancelled', 'refused'],
      ['no-response', 'no_answer'],
      ['pin-refused', 'pin_refused'],
      ['wrong-code', 'wrong_code'],
    ] as const)('%s on the phone: said, and asked for again', async (result, problem) => {
      const who = await world.owner();
      const request = await world.upTo(who, 'pin');
      await world.answer((await world.attempts(who.lineId, 'enrol'))[0]!, result);
      expect(await world.activation.view(request)).toMatchObject({ step: 'installed', problem });
      expect(await world.activation.askPin(request)).toEqual({ kind: 'ok' });
    });

    test('"it was not me" ends the activation', async () => {
      const who = await world.owner();
      const request = await world.upTo(who, 'pin');
      await world.answer((await world.attempts(who.lineId, 'enrol'))[0]!, 'fraud');
      expect(await world.activation.view(request)).toMatchObject({ step: 'failed', problem: 'fraud' });
      expect(await world.enrolment(who)).toMatchObject({ baseState: 'INACTIVE' });
    });

    test('makes the service active, its key sealed with where it came from, and opens no account yet (A26, A27)', async () => {
      const who = await world.owner();
      await world.upTo(who, 'pin_set');
      const enrolment = await world.enrolment(who);
      expect(enrolment).toMatchObject({
        baseState: 'ACTIVE',
        pinKeyProvenance: 'enrol',
        holdUntil: null,
        triesLeft: 3,
      });
      expect(enrolment?.verifiedAt).toBeInstanceOf(Date);
      expect(await listLinkedAccounts(open.database.db, enrolment!.id)).toEqual([]);
      expect(await isSealed(who)).toBe(true);
    });

    test('and a link that somebody confirms in the table breaks the seal', async () => {
      const who = await world.owner();
      await world.upTo(who, 'pin_set');
      const { id } = (await world.enrolment(who))!;
      await open.database.db
        .updateTable('mobileConnectLinks')
        .set({ status: 'active' })
        .where('enrolmentId', '=', id)
        .execute();
      expect(await isSealed(who)).toBe(false);
    });

    test('with a key that another SIM has is refused: that card was copied', async () => {
      const first = await world.owner();
      await world.upTo(first, 'done');
      const second = await world.owner();
      const request = await world.upTo(second, 'pin');
      const newKey = (await world.enrolment(first))!.pinKey!;
      await world.answer((await world.attempts(second.lineId, 'enrol'))[0]!, 'approved', { newKey });
      expect(await world.activation.view(request)).toMatchObject({ step: 'failed', problem: 'phone_error' });
      expect(await world.enrolment(second)).toMatchObject({ pinKey: null });
    });

    test('that came too late is not taken (a34, X17)', async () => {
      const who = await world.owner();
      const request = await world.upTo(who, 'pin');
      const [attempt] = await world.attempts(who.lineId, 'enrol');
      await world.answer(attempt!, 'approved', { newKey: randomBytes(33), late: true });
      expect(await world.enrolment(who)).toMatchObject({ baseState: 'AWAITING_PIN', pinKey: null });
      expect((await world.activation.view(request))?.problem).toBe('no_answer');
    });

    test('on a SIM from a replacement waits 86,400 s, to the millisecond, and then opens by itself (A53, X51)', async () => {
      const who = await world.owner({ sim: { viaReplacement: true, activatedAt: new Date() } });
      await world.upTo(who, 'done');
      const state = (await findLine(open.database.db, who.lineId))!;
      const { holdUntil, pinSetAt } = state.enrolment!;
      expect(holdUntil!.getTime() - pinSetAt!.getTime()).toBe(86_400_000);
      expect(effectiveState(state, rules, new Date(holdUntil!.getTime() - 1))).toBe('NEW_SIM_HOLD');
      expect(effectiveState(state, rules, holdUntil!)).toBe('ACTIVE');
      expect(world.told.filter(({ kind }) => kind === 'holdStarted')).toHaveLength(1);
    });

    test('not chosen within a day: the line is off again (a10)', async () => {
      const who = await world.owner();
      const request = await world.upTo(who, 'installed');
      await advance(24 * 3_600);
      const state = await findLine(open.database.db, who.lineId);
      const now = new Date(Date.now() + 24 * 3_600_000 + 1_000);
      expect(effectiveState(state, rules, now)).toBe('INACTIVE');
      expect(await world.activation.view(request)).toMatchObject({ step: 'failed', problem: 'pin_timeout' });
    });
  });

  test('the last step links, seals and tells, and the first login is possible at once (A27, A28)', async () => {
    const who = await world.owner();
    await world.upTo(who, 'done');
    const { id } = (await world.enrolment(who))!;
    expect((await listLinkedAccounts(open.database.db, id)).map((account) => account.id)).toEqual([who.accountId]);
    expect((await listLinks(open.database.db, id))[0]).toMatchObject({ status: 'active', isPrimary: true });
    expect(await isSealed(who)).toBe(true);
    expect(await world.begin(who)).toEqual({ kind: 'already-active' });
  });

  describe('deactivation', () => {
    const ask = async (who: Owner) => {
      const { accountId, lineId } = who;
      const outcome = await world.confirmations.deactivate({ accountId, lineId, locale: 'fr' });
      expect(outcome.kind).toBe('started');
      return (await world.attempts(lineId, 'deactivate')).at(-1)!;
    };

    test.each(['cancelled', 'no-response', 'fraud', 'wrong-code'] as const)(
      '%s leaves everything as it is (A42, a31)',
      async (result) => {
        const who = await world.owner();
        await world.upTo(who, 'done');
        await world.answer(await ask(who), result);
        expect(await world.enrolment(who)).toMatchObject({ baseState: 'ACTIVE' });
        expect(world.told.some((one) => one.kind === 'deactivated' && one.accountId === who.accountId)).toBe(false);
      },
    );

    test('of the last account takes PIN, key and links, and sends DISABLE (A41, A43)', async () => {
      const who = await world.owner();
      await world.upTo(who, 'done');
      const { id } = (await world.enrolment(who))!;
      await world.answer(await ask(who), 'approved');
      expect(await world.enrolment(who)).toBeUndefined();
      expect(await world.row(id)).toMatchObject({
        baseState: 'DEACTIVATED',
        deactivatedReason: 'user',
        pinKey: null,
        credentialMac: null,
      });
      expect(await listLinks(open.database.db, id)).toEqual([]);
      expect(await world.attempts(who.lineId, 'disable')).toHaveLength(1);
    });

    test('of one of two leaves the other, as the primary one, under a new seal (A41)', async () => {
      const who = await world.owner();
      await world.upTo(who, 'done');
      const { id } = (await world.enrolment(who))!;
      const other = await world.rows.account();
      await open.database.db
        .insertInto('mobileConnectLinks')
        .values({ enrolmentId: id, accountId: other as AccountId, linkedAt: new Date(), isPrimary: false })
        .execute();
      await world.answer(await ask(who), 'approved');
      expect((await listLinks(open.database.db, id)).map(({ accountId, isPrimary }) => [accountId, isPrimary])).toEqual(
        [[other, true]],
      );
      expect(await world.enrolment(who)).toMatchObject({ baseState: 'ACTIVE' });
      expect(await isSealed(who)).toBe(true);
      expect(await world.attempts(who.lineId, 'disable')).toEqual([]);
    });

    test('while locked or held asks nobody and says until when (X39)', async () => {
      const who = await world.owner();
      await world.upTo(who, 'done');
      const { accountId, lineId } = who;
      for (const column of ['lockedUntil', 'holdUntil'] as const) {
        const until = new Date(Date.now() + 3_600_000);
        await open.database.db
          .updateTable('enrolments')
          .set({ lockedUntil: null, holdUntil: null, [column]: until })
          .where('lineId', '=', lineId)
          .execute();
        const outcome = await world.confirmations.deactivate({ accountId, lineId, locale: 'fr' });
        expect(outcome).toEqual({ kind: 'not-now', availableAt: until });
      }
      expect(await world.attempts(lineId, 'deactivate')).toEqual([]);
    });
  });

  describe('a second account (A12)', () => {
    const second = async (who: Owner, samePerson: boolean) => {
      const personId = `per_${who.lineId}`;
      await open.database.db
        .insertInto('persons')
        .values({
          id: personId,
          civility: null,
          givenName: 'A',
          familyName: 'B',
          birthName: null,
          birthDate: null,
          birthPlace: null,
          birthCountry: null,
          gender: null,
          identityCheckedAt: null,
        })
        .execute();
      await open.database.db.updateTable('accounts').set({ personId }).where('id', '=', who.accountId).execute();
      const accountId = await world.rows.account({ account: samePerson ? { personId } : {} });
      await open.database.db
        .insertInto('accountContracts')
        .values({ accountId, contractId: `ctr_${who.lineId}`, relation: 'user', since: new Date() })
        .execute();
      return accountId;
    };

    test('is linked by its own password and one approval; the PIN stays, both hear of it', async () => {
      const who = await world.owner();
      await world.upTo(who, 'done');
      const before = (await world.enrolment(who))!;
      const accountId = await second(who, true);
      const request = { accountId, lineId: who.lineId, locale: 'fr' as const };
      expect(await world.confirmations.link({ ...request, passwordFresh: false })).toEqual({ kind: 'password-needed' });
      expect((await world.confirmations.link({ ...request, passwordFresh: true })).kind).toBe('started');
      const [attempt] = await world.attempts(who.lineId, 'link');
      await world.answer(attempt!, 'approved');
      const after = (await world.enrolment(who))!;
      expect(after.pinKey).toEqual(before.pinKey);
      expect(await listLinkIds(open.database.db, after.id)).toEqual([who.accountId, accountId].sort());
      expect(await isSealed(who)).toBe(true);
      const heard = world.told.filter((one) => [who.accountId, accountId].includes(one.accountId as AccountId));
      expect(heard.map(({ kind }) => kind)).toEqual(['activated', 'activated', 'accountLinked']);
    });

    test('of another person is not linked', async () => {
      const who = await world.owner();
      await world.upTo(who, 'done');
      const accountId = await second(who, false);
      const outcome = await world.confirmations.link({
        accountId,
        lineId: who.lineId,
        locale: 'fr',
        passwordFresh: true,
      });
      expect(outcome).toEqual({ kind: 'other-person' });
    });

    test('is not linked by a PIN that only an SMS has reset; the service may be turned off by it (decisions 11)', async () => {
      const who = await world.owner();
      await world.upTo(who, 'done');
      const accountId = await second(who, true);
      const { id } = (await world.enrolment(who))!;
      const weakUntil = new Date(Date.now() + 3_600_000);
      const trust = (pinTrustedFrom: Date | null) =>
        open.database.db.updateTable('enrolments').set({ pinTrustedFrom }).where('id', '=', id).execute();
      const request = { accountId, lineId: who.lineId, locale: 'fr' as const };
      const link = () => world.confirmations.link({ ...request, passwordFresh: true });
      await trust(weakUntil);
      expect(await link()).toEqual({ kind: 'not-now', availableAt: weakUntil });
      await trust(null);
      expect((await link()).kind).toBe('started');
      await trust(weakUntil);
      await world.answer((await world.attempts(who.lineId, 'link'))[0]!, 'approved');
      expect(await listLinkIds(open.database.db, id)).toEqual([who.accountId]);
      expect((await world.confirmations.deactivate({ ...request, accountId: who.accountId })).kind).toBe('started');
      await world.answer((await world.attempts(who.lineId, 'deactivate'))[0]!, 'approved');
      expect(await listLinkIds(open.database.db, id)).toEqual([]);
    });

    test('is not linked by a refusal', async () => {
      const who = await world.owner();
      await world.upTo(who, 'done');
      const accountId = await second(who, true);
      await world.confirmations.link({ accountId, lineId: who.lineId, locale: 'fr', passwordFresh: true });
      await world.answer((await world.attempts(who.lineId, 'link'))[0]!, 'cancelled');
      expect(await listLinkIds(open.database.db, (await world.enrolment(who))!.id)).toEqual([who.accountId]);
    });
  });

  test('what has run out is ended once, by whoever comes first', async () => {
    const who = await world.owner();
    await world.upTo(who, 'installed');
    await advance(25 * 3_600);
    const ended = await twenty(() => open.database.transaction((tx) => endOverdueActivations(tx, who.lineId)));
    expect(ended.flat()).toHaveLength(1);
  });
});
