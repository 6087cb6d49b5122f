// The migrations in their order, bound here so that nothing is loaded from disk by name.
import type { Kysely } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';
import * as m0001 from '../../migrations/0001-subscribers-and-attempts.ts';
import * as m0002 from '../../migrations/0002-openid-connect.ts';
import * as m0003 from '../../migrations/0003-audit-head.ts';
import * as m0004 from '../../migrations/0004-life-of-the-service.ts';
import * as m0005 from '../../migrations/0005-ciba.ts';
import * as m0006 from '../../migrations/0006-client-notifications.ts';
import * as m0007 from '../../migrations/0007-civil-identity.ts';
import * as m0008 from '../../migrations/0008-when-people-changed.ts';
import * as m0009 from '../../migrations/0009-second-proof-of-a-reset.ts';
import * as m0010 from '../../migrations/0010-refusals.ts';
import * as m0011 from '../../migrations/0011-contracts.ts';
import * as m0012 from '../../migrations/0012-account.ts';
import * as m0013 from '../../migrations/0013-passwords.ts';
import * as m0014 from '../../migrations/0014-contract-attachments.ts';
import * as m0015 from '../../migrations/0015-mailboxes.ts';
import * as m0016 from '../../migrations/0016-notices-help-and-orders.ts';
import * as m0017 from '../../migrations/0017-billing.ts';
import * as m0018 from '../../migrations/0018-payments.ts';
import * as m0019 from '../../migrations/0019-self-care.ts';
import * as m0020 from '../../migrations/0020-usage.ts';
import * as m0021 from '../../migrations/0021-sim-orders-and-handsets.ts';
import * as m0022 from '../../migrations/0022-diagnostics.ts';
import * as m0023 from '../../migrations/0023-refused-addresses.ts';
import * as m0024 from '../../migrations/0024-purchases.ts';
import * as m0025 from '../../migrations/0025-order-of-notifications.ts';

const migrations: Record<string, Migration> = {
  '0001-subscribers-and-attempts': m0001,
  '0002-openid-connect': m0002,
  '0003-audit-head': m0003,
  '0004-life-of-the-service': m0004,
  '0005-ciba': m0005,
  '0006-client-notifications': m0006,
  '0007-civil-identity': m0007,
  '0008-when-people-changed': m0008,
  '0009-second-proof-of-a-reset': m0009,
  '0010-refusals': m0010,
  '0011-contracts': m0011,
  '0012-account': m0012,
  '0013-passwords': m0013,
  '0014-contract-attachments': m0014,
  '0015-mailboxes': m0015,
  '0016-notices-help-and-orders': m0016,
  '0017-billing': m0017,
  '0018-payments': m0018,
  '0019-self-care': m0019,
  '0020-usage': m0020,
  '0021-sim-orders-and-handsets': m0021,
  '0022-diagnostics': m0022,
  '0023-refused-addresses': m0023,
  '0024-purchases': m0024,
  '0025-order-of-notifications': m0025,
};

/** Brings the schema up to date; several nodes may call it at once. Returns the names applied. Throws on failure. */
export async function migrateToLatest<T>(db: Kysely<T>): Promise<string[]> {
  const migrator = new Migrator({ db, provider: { getMigrations: async () => migrations } });
  const { error, results } = await migrator.migrateToLatest();
  if (error) throw error;
  return (results ?? []).map((result) => result.migrationName);
}
