// Tells of each statement that is sent to the database, to whoever counts round trips (docs/round-trips.md). While
// nobody listened when the database was opened, nothing is told and nothing costs.
import { channel } from 'node:diagnostics_channel';
import type { KyselyConfig } from 'kysely';

/** Its messages are the texts of statements, without their values. */
export const statementChannel = 'mobile-connect-provider:statement';

const statements = channel(statementChannel);

/** The text goes to the listeners, if there are any. */
export function tellStatement(text: string): void {
  if (statements.hasSubscribers) statements.publish(text);
}

/** For Kysely's configuration. What opens and ends a transaction is told by `transaction`, alike on both engines. */
export function tellingKysely(): Pick<KyselyConfig, 'log'> {
  if (!statements.hasSubscribers) return {};
  return {
    log({ query }) {
      if (!/^(begin|commit|rollback)$/.test(query.sql)) tellStatement(query.sql);
    },
  };
}
