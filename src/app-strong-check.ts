// Wires level M*: what must be proved before a change that a thief would make.
import type { SimChannel } from './app-sim-channel.ts';
import { stateRules } from './app-state-rules.ts';
import { createStrongCheck, type StrongCheck } from './customer/strong-check.ts';
import type { Config } from './ops/config.ts';
import { type Database, sqlClientOf } from './storage/database.ts';

interface StrongParts {
  readonly config: Pick<Config, 'provider' | 'operators' | 'brands' | 'mailboxes'>;
  readonly database: Database;
  readonly channel: Pick<SimChannel, 'codes' | 'jobs'>;
}

/** The check, for pages and APIs alike. */
export function strongCheckOf({ config, database, channel }: StrongParts): StrongCheck {
  return createStrongCheck({
    database,
    codes: channel.codes,
    async sendCode(tx, code, { lineId, brand }) {
      const { codeId } = code;
      const client = sqlClientOf(tx);
      if (lineId === undefined) {
        await channel.jobs.enqueue(client, 'confirmation-code', { payload: code, eventId: codeId });
        return;
      }
      const message = { key: 'confirmation-code' as const, requester: config.brands.of(brand).name };
      await channel.jobs.enqueue(client, 'code', { payload: { codeId, lineId, message }, eventId: codeId });
    },
    rules: stateRules(config),
    mailDomainOf: config.mailboxes.domains.of,
  });
}
