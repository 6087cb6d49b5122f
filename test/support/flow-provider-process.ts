// A provider in a process of its own, for tests that kill it: configured by the environment, with the demo world in its
// database. Tells its parent when it is ready and what it is about to write to the SMSC, and can stop right there.
import { randomBytes } from 'node:crypto';
import { type AppParts, startApp } from '../../src/app.ts';
import { describeWorld, prepareSandbox, resetSandbox } from '../../src/demo/sandbox.ts';
import { loadConfig } from '../../src/ops/config.ts';
import { createLog } from '../../src/ops/log.ts';
import { type Database, openDatabase } from '../../src/storage/database.ts';
import { fewSelfAnswering } from './small-world.ts';

const { FLOW_EXPORT_FILE: exportFile = '', FLOW_PORTAL_URL: portalUrl = '', FLOW_AT_SEND: atSend } = process.env;
const { FLOW_AT_CAPTURE: atCapture } = process.env;
const skewMs = Number(process.env['FLOW_SKEW_SECONDS'] ?? 0) * 1_000;
const tell = (message: object) => process.send?.(message);

const config = loadConfig(process.env, 'demo');
const places = { exportFile, portalUrl, selfAnswering: fewSelfAnswering };
const app = await startApp({
  config,
  masterKey: { current: config.storage.masterKey! },
  adminToken: config.storage.adminToken!,
  log: createLog('debug'),
  now: () => new Date(Date.now() + skewMs),
  random: Math.random,
  randomBytes,
  database: await openDatabase(config.storage.databaseUrl),
  sandbox: {
    links: { portal: portalUrl },
    async prepare(parts) {
      await prepareSandbox(parts, places);
      // Before the line to the SMSC is opened: what lies there unsent goes out at once.
      watch(parts);
      if (atCapture !== undefined) dieAtCapture(parts);
    },
    reset: (parts) => resetSandbox(parts, places),
    world: async (parts) => describeWorld(parts.masterKey, places),
  },
});

/** Comes between sender and SMSC. */
function watch({ channel: { smsc, sender }, database }: AppParts): void {
  // The very moment after the commit: nothing else has been done yet.
  if (atSend === 'die') Object.assign(sender, { sendInTurn: () => process.kill(process.pid, 'SIGKILL') });
  const submit = smsc.submit.bind(smsc);
  Object.assign(smsc, {
    async submit(...[message, signal]: Parameters<typeof submit>) {
      tell({ about: 'sending', counter: await packetCounterOf(database, message.destination) });
      if (atSend === 'wait') return await new Promise<never>(() => {});
      return await submit(message, signal);
    },
  });
}

/** All of a capture is written when its payer is told; it counts once the transaction has ended. */
function dieAtCapture({ channel: { notifier }, database }: AppParts): void {
  const die = () => process.kill(process.pid, 'SIGKILL');
  const notify = notifier.notify.bind(notifier);
  const transaction = database.transaction.bind(database);
  let isCaptured = false;
  const told: typeof notify = async (tx, notice) => {
    await notify(tx, notice);
    isCaptured = notice.key === 'payment-paid';
    if (isCaptured && atCapture === 'die-within') die();
  };
  const committed: typeof transaction = async (work) => {
    const result = await transaction(work);
    if (isCaptured) die();
    return result;
  };
  Object.assign(notifier, { notify: told });
  Object.assign(database, { transaction: committed });
}

/** The packet counter that is committed for the SIM of a number. */
async function packetCounterOf({ db }: Database, msisdn: string): Promise<number | undefined> {
  const row = await db
    .selectFrom('sims')
    .innerJoin('lines', 'lines.id', 'sims.lineId')
    .select('packetCounter')
    .where('msisdn', '=', msisdn as never)
    .executeTakeFirst();
  return row?.packetCounter;
}

process.once('SIGTERM', () => void app.stop().then(() => process.exit(0)));
process.once('disconnect', () => process.exit(1));
tell({ about: 'ready', opsUrl: app.opsUrl });
