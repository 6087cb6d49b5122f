// Staff operations on subscribers: bring them in, look at one, export the test SIMs for the simulator.

import { z } from 'zod';
import { adminOperation } from './admin-operations-type.ts';
import { stateRules } from './app-state-rules.ts';
import { createSimKeyring } from './authentication/sim-keyring.ts';
import { NumberRests, provisionSubscriber, subscriberSchema } from './enrolment/provision.ts';
import { exportTestSims } from './enrolment/sim-export.ts';
import { describeSubscriber } from './enrolment/subscriber-view.ts';
import { AppError } from './errors.ts';
import { newId } from './identifiers.ts';
import { isUniqueViolation } from './storage/database.ts';

const mostAtOnce = 10_000;

export const subscriberOperations = [
  adminOperation(
    'subscriber.import',
    z.strictObject({ subscribers: z.array(subscriberSchema).min(1).max(mostAtOnce) }),
    async ({ secrets, database, audit, now, randomBytes }, { subscribers }) => {
      const { masterKey } = await secrets();
      const ids = new Map<string, string>();
      const idFor = (prefix: string, name: string): string => {
        const id = ids.get(`${prefix} ${name}`) ?? newId(prefix, randomBytes);
        ids.set(`${prefix} ${name}`, id);
        return id;
      };
      try {
        await database.transaction(async (tx) => {
          for (const one of subscribers) await provisionSubscriber({ masterKey, idFor, now, randomBytes }, tx, one);
          await audit.adminAction(tx, { operation: 'subscriber.import' });
        });
      } catch (cause) {
        if (cause instanceof NumberRests) throw new AppError('conflict', { detail: cause.message, cause });
        if (!isUniqueViolation(cause)) throw cause;
        const detail =
          'a number, e-mail address, contract reference or SIM is in the database already; nothing was written';
        throw new AppError('conflict', { detail, cause });
      }
      return { imported: subscribers.length };
    },
  ),
  adminOperation(
    'subscriber.show',
    z.strictObject({ identifier: z.string().min(1).max(254) }),
    async ({ secrets, database, audit }, { identifier }) => {
      const { masterKey, config } = await secrets();
      const { brand } = config.provider;
      const rules = stateRules(config);
      const found = await describeSubscriber({ db: database.db, masterKey, brand, rules }, identifier);
      if (found === undefined) throw new AppError('not_found', { detail: 'there is no such subscriber' });
      await database.transaction((tx) => audit.adminAction(tx, { operation: 'subscriber.show' }));
      return found;
    },
  ),
  adminOperation('sim.export', z.strictObject({}), async ({ secrets, database, audit }) => {
    const { masterKey } = await secrets();
    const nothing = { secrets: new Map(), phones: new Map() };
    const exported = await exportTestSims(database.db, createSimKeyring(masterKey), nothing);
    await database.transaction((tx) => audit.adminAction(tx, { operation: 'sim.export' }));
    return exported;
  }),
];
