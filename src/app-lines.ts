// Wires the use cases on lines and SIMs: for the pages, the APIs, the staff and the clock.

import { orderMovingOf } from './app-orders.ts';
import type { SimChannel } from './app-sim-channel.ts';
import { stateRules } from './app-state-rules.ts';
import { strongCheckOf } from './app-strong-check.ts';
import { createServiceRequests } from './authentication/service-request.ts';
import { createLineDesk } from './customer/line-desk.ts';
import { simOrdersOf } from './customer/sim-order-moves.ts';
import { tellLinesInCentre } from './customer/told-in-centre.ts';
import type { ChangeNumberDeps } from './enrolment/change-number.ts';
import { tellEndedHolds } from './enrolment/hold-ended.ts';
import type { LineDesk } from './enrolment/line-desk-types.ts';
import { createLineNotices, type LineNotices } from './messaging/line-notices.ts';
import type { Audit } from './ops/audit.ts';
import type { Config } from './ops/config.ts';
import type { MasterKey } from './ops/master-key.ts';
import type { Database, Tx } from './storage/database.ts';
import { createRateLimit } from './storage/rate-limits.ts';

export interface LineParts {
  readonly config: Pick<Config, 'provider' | 'locks' | 'attempts' | 'operators' | 'brands' | 'mailboxes'>;
  readonly database: Database;
  readonly masterKey: MasterKey;
  readonly audit: Audit<Tx>;
  readonly channel: Pick<SimChannel, 'keyring' | 'push' | 'sender' | 'jobs' | 'codes' | 'notifier' | 'network'>;
  readonly randomBytes: (size: number) => Buffer;
}

/** What the use cases need. */
export function lineDepsOf(parts: LineParts): ChangeNumberDeps {
  const { config, database, masterKey, channel, randomBytes } = parts;
  const { simNumbersPerHour, puksPerDay, maxWrongPins, numberRestDays } = config.locks;
  return {
    ...parts,
    push: channel.push,
    sender: channel.sender,
    network: channel.network,
    notices: lineNoticesOf(parts),
    simOrders: simOrdersOf(orderMovingOf(parts)),
    numberRestDays,
    limits: {
      simNumbers: createRateLimit(database, { name: 'sim-number', points: simNumbersPerHour, seconds: 3_600 }),
      puks: createRateLimit(database, { name: 'puk', points: puksPerDay, seconds: 86_400 }),
    },
    requests: createServiceRequests({
      ...{ masterKey, randomBytes, keyring: channel.keyring },
      // No PIN is made here: no policy is needed.
      rules: { ttlSeconds: config.attempts.ttlSeconds, maxWrongPins, pinPolicy: [] },
    }),
  };
}

/** The messages about lines. */
export function lineNoticesOf({ channel }: Pick<LineParts, 'channel'>): LineNotices {
  return tellLinesInCentre(createLineNotices(channel.jobs), channel.notifier);
}

/** A customer's lines, for pages and APIs. */
export function lineDeskOf(parts: LineParts): LineDesk {
  const { config } = parts;
  return createLineDesk({
    ...lineDepsOf(parts),
    strong: strongCheckOf(parts),
    rules: stateRules(config),
  });
}

/** Tells of holds that are over; to be called again and again. */
export function holdTellerOf(parts: LineParts): () => Promise<void> {
  const deps = { ...parts, notices: lineNoticesOf(parts) };
  return () => tellEndedHolds(deps);
}
