// What staff can do, as one table: name -> input -> work. The command line runs it through the admin listener when a
// server owns the database, and straight on the database otherwise; both use this table.
import { z } from 'zod';
import { billingOperations } from './admin-operations-billing.ts';
import { contractOperations } from './admin-operations-contracts.ts';
import { customerIdOperations } from './admin-operations-customer-ids.ts';
import { lineAdminOperations } from './admin-operations-lines.ts';
import { mailboxOperations } from './admin-operations-mailboxes.ts';
import { notificationOperations } from './admin-operations-notifications.ts';
import { orderOperations } from './admin-operations-orders.ts';
import { subscriberOperations } from './admin-operations-subscribers.ts';
import {
  type AdminContext,
  type AdminOperation,
  type AdminProvider,
  type AdminSecrets,
  adminOperation,
} from './admin-operations-type.ts';
import { usageOperations } from './admin-operations-usage.ts';
import { AppError } from './errors.ts';
import { ClientMetadataError } from './oidc/profiles.ts';
import type { AdminRoute } from './ops/admin-listener.ts';
import { listAppliedMigrations } from './storage/applied-migrations.ts';
import { sealAuditEvents, verifyAuditChain } from './storage/audit-events.ts';

const nothing = z.strictObject({});
/** Whose issuer is meant; the root's without it. */
const atBrand = z.strictObject({ brand: z.string().max(32).optional() });
const clientId = atBrand.extend({ clientId: z.string().min(1).max(256) });

const databaseOperations = [
  // Opening the database has migrated it already: this tells what it has had.
  adminOperation('migrate', nothing, async ({ database }) => ({
    engine: database.engine,
    migrations: await listAppliedMigrations(database.db),
  })),
  adminOperation('audit.verify', nothing, async ({ database }) => {
    await sealAuditEvents(database);
    return await verifyAuditChain(database);
  }),
];

const keyOperations = [
  adminOperation('key.list', atBrand, async ({ secrets }, { brand }) => {
    const oidc = await (await secrets()).oidcOf(brand);
    return { issuer: oidc.issuer, keys: await oidc.keys.list() };
  }),
  adminOperation('key.rotate', atBrand, async ({ secrets, database, audit }, { brand }) => {
    const oidc = await (await secrets()).oidcOf(brand);
    const keys = await oidc.keys.rotate();
    await database.transaction(async (tx) => {
      for (const { kid, alg } of keys.filter(({ state }) => state === 'current')) {
        await audit.keyRotated(tx, { issuer: oidc.issuer, kid, algorithm: alg });
      }
    });
    return { issuer: oidc.issuer, keys };
  }),
];

const clientOperations = [
  adminOperation(
    'client.add',
    atBrand.extend({ metadata: z.record(z.string(), z.json()) }),
    async ({ secrets, database, audit }, { metadata, brand }) => {
      const oidc = await (await secrets()).oidcOf(brand);
      const { client, secret } = await addClient(oidc, metadata);
      const about = { issuer: oidc.issuer, clientId: client.clientId, by: 'staff' as const };
      await database.transaction((tx) => audit.clientAdded(tx, about));
      // Shown this once; the database keeps it sealed.
      return { client, clientSecret: secret };
    },
  ),
  adminOperation('client.list', atBrand, async ({ secrets }, { brand }) => {
    const oidc = await (await secrets()).oidcOf(brand);
    return { issuer: oidc.issuer, clients: await oidc.clients.list() };
  }),
  adminOperation('client.show', clientId, async ({ secrets }, input) => {
    const oidc = await (await secrets()).oidcOf(input.brand);
    const client = await oidc.clients.show(input.clientId);
    if (client === undefined) throw new AppError('not_found', { detail: 'there is no such client' });
    return client;
  }),
  adminOperation('client.remove', clientId, async ({ secrets, database, audit }, input) => {
    const oidc = await (await secrets()).oidcOf(input.brand);
    if (!(await oidc.clients.remove(input.clientId))) {
      throw new AppError('not_found', { detail: 'there is no such client' });
    }
    const about = { issuer: oidc.issuer, clientId: input.clientId, by: 'staff' as const };
    await database.transaction((tx) => audit.clientRemoved(tx, about));
    return { removed: input.clientId };
  }),
];

async function addClient(oidc: AdminProvider, metadata: Readonly<Record<string, unknown>>) {
  try {
    return await oidc.clients.add(metadata);
  } catch (cause) {
    if (!(cause instanceof ClientMetadataError)) throw cause;
    throw new AppError('validation', { detail: cause.message, cause });
  }
}

/** All operations, one list for each subject. */
export const adminOperations: readonly AdminOperation[] = [
  ...databaseOperations,
  ...subscriberOperations,
  ...lineAdminOperations,
  ...orderOperations,
  ...billingOperations,
  ...contractOperations,
  ...customerIdOperations,
  ...keyOperations,
  ...clientOperations,
  ...mailboxOperations,
  ...notificationOperations,
  ...usageOperations,
];

/** The operations as routes of the admin listener, `POST /admin/<name>`, for a server with these parts. */
export function adminRoutes(parts: Omit<AdminContext, 'secrets'> & AdminSecrets): AdminRoute[] {
  const context: AdminContext = { ...parts, secrets: async () => parts };
  return adminOperations.map(({ name, run }) => ({
    method: 'POST',
    path: `/admin/${name}`,
    handler: ({ body }) => run(context, body),
  }));
}
