// Codes that are sent and typed back: right once, for one purpose and subject, in time, within tries and budgets.
import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createOneTimeCodes, type OneTimeCodes, parseCode } from '../../../src/authentication/one-time-code.ts';
import { createMasterKey } from '../../../src/ops/master-key.ts';
import { advanceClock } from '../../../src/storage/domain-clock.ts';
import { purgeCodes } from '../../../src/storage/one-time-codes.ts';
import { createRateLimit } from '../../../src/storage/rate-limits.ts';
import { engines, openTestDatabase, type TestDatabase } from '../../support/databases.ts';

describe('what was typed', () => {
  test.each([
    ['000123', '000123'],
    [' 00 01\u00A023 ', '000123'],
    ['123\u202F456', '123456'],
  ])('%j is a code, leading zeros and all (X70)', (typed, code) => {
    expect(parseCode(typed)).toBe(code);
  });

  test.each(['12345', '1234567', '１２３４５６', '١٢٣٤٥٦', '12345a', '-12345', '1e5', '123456\n', '', ' '.repeat(100)])(
    '%j is none (X70)',
    (typed) => {
      expect(parseCode(typed)).toBeUndefined();
    },
  );
});

describe.each(engines)('on %s', (engine) => {
  let open: TestDatabase;
  let codes: OneTimeCodes;

  const codesWith = (perHour: number, perDay: number, address = 1_000): OneTimeCodes => {
    const limit = (points: number, seconds: number) =>
      createRateLimit(open.database, { name: randomUUID(), points, seconds });
    return createOneTimeCodes({
      database: open.database,
      masterKey: createMasterKey({ current: randomBytes(32) }, randomBytes),
      randomBytes,
      limits: { recipient: [limit(perHour, 3_600), limit(perDay, 86_400)], address: [limit(address, 3_600)] },
      rules: { lifeSeconds: 600, tries: 3 },
    });
  };
  const issue = async (place: { purpose: string; subject: string }): Promise<string> => {
    const { id } = await open.database.transaction((tx) => codes.issue(tx, place));
    return (await codes.open(id))?.digits ?? '';
  };
  const somewhere = () => ({ purpose: 'pin-reset', subject: randomUUID() });
  const anotherThan = (digits: string): string => (digits === '111111' ? '222222' : '111111');

  beforeAll(async () => {
    open = await openTestDatabase(engine);
    codes = codesWith(3, 10);
  });
  afterAll(() => open.close());

  test('the right code is right, once, and its second use is refused like a wrong one (X64)', async () => {
    const place = somewhere();
    const digits = await issue(place);
    expect(digits).toMatch(/^[0-9]{6}$/);
    expect(await codes.check({ ...place, typed: anotherThan(digits) })).toEqual({ kind: 'wrong' });
    expect(await codes.check({ ...place, typed: digits })).toMatchObject({ kind: 'right' });
    expect(await codes.check({ ...place, typed: digits })).toEqual({ kind: 'wrong' });
  });

  test('an answer of the library that is an object does not make a wrong code right (X72)', async () => {
    const place = somewhere();
    const digits = await issue(place);
    for (const typed of [anotherThan(digits), '000000', '999999'].filter((one) => one !== digits)) {
      expect((await codes.check({ ...place, typed })).kind).toBe('wrong');
    }
  });

  test('a code is for one purpose and one subject, even if its row is moved (X65)', async () => {
    const place = somewhere();
    const digits = await issue(place);
    expect((await codes.check({ purpose: 'attach', subject: place.subject, typed: digits })).kind).toBe('wrong');
    expect((await codes.check({ ...somewhere(), typed: digits })).kind).toBe('wrong');
    const moved = somewhere();
    await open.database.db
      .updateTable('oneTimeCodes')
      .set({ subject: moved.subject })
      .where('subject', '=', place.subject)
      .execute();
    expect((await codes.check({ ...moved, typed: digits })).kind).toBe('wrong');
  });

  test('three tries, then nothing but another code helps (A47)', async () => {
    const place = somewhere();
    const digits = await issue(place);
    for (let n = 0; n < 3; n++) await codes.check({ ...place, typed: anotherThan(digits) });
    expect((await codes.check({ ...place, typed: digits })).kind).toBe('wrong');
    const next = await issue(place);
    expect((await codes.check({ ...place, typed: next })).kind).toBe('right');
  });

  test('what is no code at all takes no try', async () => {
    const place = somewhere();
    const digits = await issue(place);
    for (let n = 0; n < 5; n++) await codes.check({ ...place, typed: '12345' });
    expect((await codes.check({ ...place, typed: digits })).kind).toBe('right');
  });

  test('a new code voids the one before, for the phone and for the job that sends it (X66)', async () => {
    const place = somewhere();
    const { id } = await open.database.transaction((tx) => codes.issue(tx, place));
    const first = (await codes.open(id))?.digits ?? '';
    const second = await issue(place);
    expect(await codes.open(id)).toBeUndefined();
    if (first !== second) expect((await codes.check({ ...place, typed: first })).kind).toBe('wrong');
    expect((await codes.check({ ...place, typed: second })).kind).toBe('right');
  });

  test('one second after its time a code is refused, and one second before it is not (X66)', async () => {
    const [late, early] = [somewhere(), somewhere()];
    const lateCode = await issue(late);
    const earlyCode = await issue(early);
    await advanceClock(open.database.db, 598);
    expect((await codes.check({ ...early, typed: earlyCode })).kind).toBe('right');
    await advanceClock(open.database.db, 3);
    expect((await codes.check({ ...late, typed: lateCode })).kind).toBe('wrong');
  });

  test('twenty uses of the right code at once: one success (X67)', async () => {
    const place = somewhere();
    const digits = await issue(place);
    const uses = Array.from({ length: 20 }, () => codes.check({ ...place, typed: digits }));
    const kinds = (await Promise.all(uses)).map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === 'right')).toHaveLength(1);
  });

  test('twenty wrong codes at once take three tries and not one more', async () => {
    const place = somewhere();
    const digits = await issue(place);
    await Promise.all(Array.from({ length: 20 }, () => codes.check({ ...place, typed: anotherThan(digits) })));
    const row = await open.database.db
      .selectFrom('oneTimeCodes')
      .select('triesLeft')
      .where('subject', '=', place.subject)
      .executeTakeFirstOrThrow();
    expect(row.triesLeft).toBe(0);
  });

  test('two issued at once leave one that counts', async () => {
    const place = somewhere();
    const ids = await Promise.all(
      [1, 2, 3].map(() => open.database.transaction(async (tx) => (await codes.issue(tx, place)).id)),
    );
    const living = (await Promise.all(ids.map((id) => codes.open(id)))).filter((one) => one !== undefined);
    expect(living).toHaveLength(1);
  });

  test('a code that is withdrawn is refused', async () => {
    const place = somewhere();
    const digits = await issue(place);
    await open.database.transaction((tx) => codes.withdraw(tx, place));
    expect((await codes.check({ ...place, typed: digits })).kind).toBe('wrong');
  });

  test('three sendings an hour and ten a day, so at most thirty guesses a day (X68)', async () => {
    const hourly = codesWith(3, 10);
    const daily = codesWith(100, 10);
    const waits = async (of: OneTimeCodes, times: number) => {
      const taken = [];
      for (let n = 0; n < times; n++) taken.push(await of.takeSending({ recipient: 'a', address: '192.0.2.1' }));
      return taken.map((wait) => wait !== undefined);
    };
    expect(await waits(hourly, 4)).toEqual([false, false, false, true]);
    expect((await waits(daily, 11)).filter(Boolean)).toHaveLength(1);
    expect(await hourly.takeSending({ recipient: 'b', address: '192.0.2.1' })).toBeUndefined();
  });

  test('one address asks for many numbers only so often (X69)', async () => {
    const narrow = codesWith(100, 100, 2);
    const from = (recipient: string) => narrow.takeSending({ recipient, address: '192.0.2.7' });
    expect([await from('a'), await from('b')]).toEqual([undefined, undefined]);
    expect(await from('c')).toBeGreaterThan(0);
  });

  test('the table holds no digits, and old rows go', async () => {
    const place = somewhere();
    const digits = await issue(place);
    const find = () =>
      open.database.db.selectFrom('oneTimeCodes').selectAll().where('subject', '=', place.subject).execute();
    expect(JSON.stringify(await find())).not.toContain(digits);
    await advanceClock(open.database.db, 2 * 86_400);
    await purgeCodes(open.database.db);
    expect(await find()).toEqual([]);
  });
});
