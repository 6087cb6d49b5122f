// `serve` and `demo`: start, wait for a signal, stop cleanly.
import { randomBytes } from 'node:crypto';
import { startApp } from './app.ts';
import { type Config, dataDirectoryOf } from './ops/config.ts';
import type { Environment } from './ops/config-values.ts';
import { adminToken, announceAdmin } from './ops/data-files.ts';
import { createLog } from './ops/log.ts';
import { findDemoTraces } from './storage/applied-migrations.ts';
import { type Database, openDatabase } from './storage/database.ts';

/** The command cannot go on, for a reason that is nobody's bug. */
export class CommandFailed extends Error {
  override readonly name = 'CommandFailed';
}

/** Runs the provider for production until a signal comes. Throws CommandFailed on a database that a demo has used. */
export async function serve(config: Config): Promise<void> {
  const { provider, storage } = config;
  const { masterKey: current, masterKeyPrevious: previous } = storage;
  // loadConfig insists on it for serve.
  if (current === undefined) throw new CommandFailed('there is no master key');
  const directory = dataDirectoryOf(config);
  const token = adminToken({ given: storage.adminToken, directory }, randomBytes);
  const log = createLog(provider.logLevel);
  const database = await openDatabase(storage.databaseUrl);
  if (!provider.sandbox) await refuseDemoDatabase(database);
  const app = await startApp({
    config,
    masterKey: { current, previous },
    adminToken: token,
    log,
    now: () => new Date(),
    random: Math.random,
    randomBytes,
    database,
  });
  // With PostgreSQL the command line goes to the database itself, and this process needs no place to write to.
  const withdraw = database.engine === 'postgres' ? () => {} : announceAdmin(directory, app.adminUrl);
  log.info({ issuer: app.issuer, port: app.publicPort, ops: app.opsUrl, admin: app.adminUrl }, 'ready');
  const signal = await stopSignal();
  log.info({ signal }, 'stopping');
  withdraw();
  await app.stop();
}

async function refuseDemoDatabase(database: Database): Promise<void> {
  const traces = await findDemoTraces(database.db);
  if (traces.length === 0) return;
  await database.close();
  throw new CommandFailed(`this database belongs to a demo: ${traces.join('; ')}`);
}

/** Runs the demo until a signal comes or a part of it ends. Throws CommandFailed in the second case. */
export async function runDemo(environment: Environment, print: (line: string) => void): Promise<void> {
  const { startDemo } = await import('./demo/start.ts');
  const demo = await startDemo(environment, print);
  const broken = await Promise.race([demo.broken, stopSignal().then(() => undefined)]);
  await demo.stop();
  if (broken !== undefined) throw new CommandFailed(broken);
}

/** A second signal, while stopping, ends the process at once. */
function stopSignal(): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.once(signal, () => {
        process.once(signal, () => process.exit(1));
        resolve(signal);
      });
    }
  });
}
