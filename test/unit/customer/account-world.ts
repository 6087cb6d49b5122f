// A customer's account over a real database and through the real APIs: what was sent, what was told, and a card that
// the test plays.
import { randomBytes } from 'node:crypto';
import type { ProvedAnswer } from '../../../src/authentication/answer-effects.ts';
import { createOneTimeCodes } from '../../../src/authentication/one-time-code.ts';
import { createAccountDesk } from '../../../src/customer/account-desk.ts';
import { createBankAnswer } from '../../../src/customer/bank-details.ts';
import type { StrongCheck } from '../../../src/customer/strong-check.ts';
import type { AccountId } from '../../../src/identifiers.ts';
import { endAttempt } from '../../../src/storage/attempts.ts';
import { type Database, readAppNow } from '../../../src/storage/database.ts';
import { findLine, findSim } from '../../../src/storage/subscribers.ts';
import { createActivationWorld } from '../../storage/activation-world.ts';
import { createApiClient } from '../../support/api-client.ts';
import { createContractWorld } from './contract-world.ts';

export interface Told {
  readonly kind: string;
  readonly about: Readonly<Record<string, unknown>>;
}

/** Makes it over one database. */
export async function createAccountWorld(database: Database) {
  const world = createContractWorld(database);
  const phones = await createActivationWorld(database);
  const { masterKey } = phones;
  const told: Told[] = [];
  const tell = (kind: string) => async (_tx: unknown, about: object) => void told.push({ kind, about: { ...about } });
  const notices = {
    profileChanged: tell('profile'),
    addressChanged: tell('address'),
    bankDetailsChanged: tell('bank'),
    contactCode: tell('code'),
    contactChanged: tell('contact'),
  };
  const free = { take: async () => undefined, wait: async () => undefined, forgive: async () => {} };
  const codes = createOneTimeCodes({
    ...{ database, masterKey, randomBytes, rules: { lifeSeconds: 600, tries: 3 } },
    limits: { recipient: [free], address: [free] },
  });
  const shared = { database, audit: world.audit, notices, randomBytes };
  const account = createAccountDesk({
    profile: shared,
    contacts: {
      ...{ ...shared, masterKey, codes, country: 'FR', codeSeconds: 600 },
      isServed: (msisdn) => msisdn.startsWith('+3363998'),
    },
    addresses: shared,
    bank: phones.deps,
    events: { database, masterKey, clientName: async (id) => (id === 'shop' ? 'Petite Boutique' : undefined) },
  });
  const strong: { check: StrongCheck['check'] } = { check: async () => ({ kind: 'proved' }) };
  const client = createApiClient({
    ...{ database, account },
    strong: { check: (...call) => strong.check(...call), sendCode: async () => ({ kind: 'proved' }) },
  });
  const answerBank = createBankAnswer({ masterKey, audit: world.audit, notices });

  /** An account with a contract and a line, whose number is none of the other people's. */
  let lines = 0;
  const owner = () => phones.owner({ line: { msisdn: `+3363997${String(++lines).padStart(4, '0')}` } });

  /** What the card says to the newest request about a bank account on this line. */
  const phoneSays = async (lineId: string, result: string, { late = false } = {}) => {
    const attempt = (await phones.attempts(lineId, 'bank-details')).at(-1)!;
    await database.transaction(async (tx) => {
      const receivedAt = await readAppNow(tx);
      const state = result === 'approved' ? ('approved' as const) : ('refused' as const);
      const counted = (await endAttempt(tx, attempt.id, { state, receivedAt })) && !late;
      const sim = await findSim(tx, attempt.simId ?? '');
      const enrolment = (await findLine(tx, lineId))?.enrolment;
      const verified = { kind: 'valid', result, triesLeft: 3, wrongPins: 0, appletCounter: 1 };
      const proved = { attempt, sim, enrolment, verified, receivedAt, newest: true } as unknown as ProvedAnswer;
      await answerBank(tx, { ...proved, counted });
    });
  };

  /** The digits that were sent last. */
  const sentCode = async (): Promise<string> => {
    const codeId = told.findLast(({ kind }) => kind === 'code')?.about['codeId'];
    return (await codes.open(String(codeId)))?.digits ?? '';
  };

  const journal = async (accountId: AccountId): Promise<string[]> => {
    const rows = await database.db
      .selectFrom('auditEvents')
      .select('action')
      .where('accountId', '=', accountId)
      .orderBy('id')
      .execute();
    return rows.map(({ action }) => action);
  };
  return { owner, ...{ world, phones, told, codes, account, strong, client, phoneSays, sentCode, journal, masterKey } };
}

export type AccountWorld = Awaited<ReturnType<typeof createAccountWorld>>;
