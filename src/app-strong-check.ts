// Wires level M*: what must be proved before a change that a thief would make.
import type { SimChannel } from './app-sim-channel.ts';
import { stateRules } from './app-state-rules.ts';
import { createStrongCheck, type StrongCheck } from './customer/strong-check.ts';
import type { Config } from './ops/config.ts';
import { type Database, sqlClientOf } from './storage/database.ts';

interface StrongParts {
  readonly config: Pick<Config, 'provider' | 'operators'>;
  readonly database: Database;
  readonly channel: Pick<SimChannel, 'codes' | 'jobs'>;
}

/** The check, for pages and APIs alike. */
export function strongCheckOf({ config, database, channel }: StrongParts): StrongCheck {
  return createStrongCheck({
    database,
    codes: channel.codes,
    sendCode: async (tx, payload) => {
      await channel.jobs.enqueue(sqlClientOf(tx), 'confirmation-code', { payload, eventId: payload.codeId });
    },
    rules: stateRules(config),
  });
}
