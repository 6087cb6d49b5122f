// What must be done again and again: send what is unsent, process what is unprocessed, end what has run out,
// seal the journal, drop what is old. Any node may do it, several at once do no harm.
import type { SimChannel } from './app-sim-channel.ts';
import { usageMonths } from './customer/usage-intake.ts';
import type { Audit } from './ops/audit.ts';
import type { Config } from './ops/config.ts';
import type { Log } from './ops/log.ts';
import { type Periodic, runPeriodically } from './ops/periodic.ts';
import { purgeAddressChanges } from './storage/address-changes.ts';
import { expireAllOverdue, purgeAttempts } from './storage/attempts.ts';
import { purgeAuditEvents, sealAuditEvents } from './storage/audit-events.ts';
import { purgeBankChanges } from './storage/bank-details.ts';
import { purgeBrowserFlows } from './storage/browser-flows.ts';
import { purgeNotifications } from './storage/client-notifications.ts';
import { purgeContactRequests, purgeFeedback } from './storage/contact-requests.ts';
import { purgeContactChanges } from './storage/contacts.ts';
import { purgeDrafts } from './storage/contract-drafts.ts';
import { purgeNotices } from './storage/customer-notifications.ts';
import type { Database } from './storage/database.ts';
import { purgeRuns } from './storage/diagnostics.ts';
import { purgeEphemeral } from './storage/ephemeral.ts';
import { purgeApprovals } from './storage/line-approvals.ts';
import { purgeAddresses } from './storage/mail-addresses.ts';
import { purgeMailboxDrafts } from './storage/mailbox-drafts.ts';
import { purgeConsents } from './storage/oidc-consents.ts';
import { purgeRecords } from './storage/oidc-records.ts';
import { purgeCodes } from './storage/one-time-codes.ts';
import { purgeRateLimits } from './storage/rate-limits.ts';
import { purgeRefusals } from './storage/refusals.ts';
import { purgeRestingNumbers } from './storage/resting-numbers.ts';
import { purgeSessionUses } from './storage/session-uses.ts';
import { purgeInbound } from './storage/sim-answers.ts';
import { purgeUsage } from './storage/usage-records.ts';
import { wake } from './storage/wake-ups.ts';

export interface HousekeepingDeps {
  readonly config: Config;
  readonly database: Database;
  readonly channel: Pick<SimChannel, 'sender' | 'answers' | 'diagnosis'>;
  readonly audit: Audit;
  /** Tells customers whose wait after a new SIM is over. */
  readonly tellEndedHolds?: () => Promise<void>;
  /** Ends payments whose time is over, and gives money back. */
  readonly keepUpPayments?: (() => Promise<void>) | undefined;
  /** Tells of bills whose due day is over. */
  readonly tellOverdueBills?: () => Promise<void>;
  /** Moves orders on that need nobody. */
  readonly moveOrders?: () => Promise<void>;
  /** Delivers results of requests without a browser that their clients have not asked for yet. */
  readonly tellCibaResults?: (() => Promise<void>) | undefined;
  /** Ends billing months of consumption. */
  readonly closeUsage?: (() => Promise<void>) | undefined;
  /** Secondary mailboxes follow the contracts of their holders. */
  readonly keepUpMailboxes?: (() => Promise<void>) | undefined;
  readonly log: Log;
  readonly now: () => Date;
}

export interface Housekeeping {
  /** Sends soon what is unsent: the SMSC can be reached again. */
  sendNow(): void;
  stop(): Promise<void>;
}

const sweepSeconds = 1;
const expireSeconds = 2;
const sealSeconds = 2;
const holdSeconds = 5;
const mailboxSeconds = 60;
const orderSeconds = 5;
const diagnosisSeconds = 5;
const usageSeconds = 60;
const paymentSeconds = 5;
const overdueSeconds = 30;
const purgeSeconds = 600;

/** Starts all of it. */
export function startHousekeeping(deps: HousekeepingDeps): Housekeeping {
  const { database, channel, log } = deps;
  const every = (name: string, everySeconds: number, work: () => Promise<unknown>): Periodic =>
    runPeriodically(async () => void (await work()), { name, everySeconds, log });
  const sweep = every('send and process', sweepSeconds, async () => {
    await channel.sender.sweep();
    await channel.answers.sweep();
  });
  const others = [
    every('expire', expireSeconds, () => expire(deps)),
    every('seal the journal', sealSeconds, () => sealAuditEvents(database)),
    ...(deps.tellEndedHolds === undefined ? [] : [every('tell ended holds', holdSeconds, deps.tellEndedHolds)]),
    ...(deps.moveOrders === undefined ? [] : [every('move orders on', orderSeconds, deps.moveOrders)]),
    ...(deps.tellCibaResults === undefined ? [] : [every('tell results', sweepSeconds, deps.tellCibaResults)]),
    ...(deps.keepUpMailboxes === undefined ? [] : [every('mailboxes', mailboxSeconds, deps.keepUpMailboxes)]),
    every('diagnoses', diagnosisSeconds, channel.diagnosis.keepUp),
    ...(deps.closeUsage === undefined ? [] : [every('billing months', usageSeconds, deps.closeUsage)]),
    ...(deps.keepUpPayments === undefined ? [] : [every('payments', paymentSeconds, deps.keepUpPayments)]),
    ...(deps.tellOverdueBills === undefined ? [] : [every('overdue bills', overdueSeconds, deps.tellOverdueBills)]),
    every('purge', purgeSeconds, () => purge(deps)),
  ];
  return {
    sendNow: () => sweep.nudge(),
    async stop() {
      await Promise.all([sweep, ...others].map((one) => one.stop()));
    },
  };
}

async function expire({ database, audit }: HousekeepingDeps): Promise<void> {
  await database.transaction(async (tx) => {
    for (const { id, purpose, clientId } of await expireAllOverdue(tx)) {
      await wake(tx, id);
      if (purpose !== 'cancel') await audit.signInExpired(tx, { attemptId: id, clientId });
    }
  });
}

async function purge({ config, database, now }: HousekeepingDeps): Promise<void> {
  const { db } = database;
  await purgeAttempts(db, config.retention.attemptDays);
  await purgeInbound(db, config.retention.inboundHours);
  await purgeEphemeral(db);
  await purgeCodes(db);
  await purgeDrafts(db);
  await purgeApprovals(db);
  await purgeBrowserFlows(db);
  await purgeRestingNumbers(db);
  await purgeRecords(db);
  await purgeRefusals(db, { hours: config.developers.refusalHours, most: config.developers.refusalsKept });
  await purgeContactChanges(db);
  await purgeAddressChanges(db);
  await purgeBankChanges(db);
  await purgeSessionUses(db);
  await purgeAddresses(db);
  await purgeMailboxDrafts(db);
  await purgeConsents(db);
  await purgeNotifications(db, { bodyHours: 24, days: config.retention.attemptDays });
  await purgeNotices(db, config.retention.notificationMonths);
  await purgeContactRequests(db, config.retention.contactMonths);
  await purgeRuns(db, config.diagnostics.keptMonths);
  await purgeFeedback(db, config.retention.feedbackMonths);
  await purgeUsage(db, usageMonths);
  await purgeRateLimits(database, now());
  await purgeAuditEvents(database, config.retention.auditMonths);
}
