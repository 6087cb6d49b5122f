// Requests without a browser (CIBA), composed: what rings the phone, and the job that tells a client of its result.
import type { AppParts } from './app.ts';
import { pushRules, type SimChannel } from './app-sim-channel.ts';
import { type BackchannelDeps, createBackchannel } from './authentication/backchannel.ts';
import { pingJob } from './messaging/pings.ts';
import { hashId } from './oidc/adapter.ts';
import type { CibaParts } from './oidc/ciba.ts';
import { createRateLimit } from './storage/rate-limits.ts';

type Parts = Pick<AppParts, 'config' | 'database' | 'masterKey' | 'audit' | 'metrics' | 'now'> & {
  readonly wakeUps: Pick<AppParts['wakeUps'], 'subscribe'>;
};

/** The parts for one issuer's provider. */
export function cibaOf(parts: Parts, channel: SimChannel): CibaParts {
  const { config, database, masterKey } = parts;
  return {
    backchannel: createBackchannel(backchannelDepsOf(parts, channel)),
    lifeSeconds: config.attempts.ttlSeconds,
    onWaiting: () => parts.metrics.enterWaiting('poller'),
    async enqueuePing(ping) {
      // One result, one ping, however often it is delivered.
      const eventId = hashId(ping.requestId).toString('base64url');
      await channel.jobs.enqueue(database, 'ping', { payload: pingJob(masterKey, ping), eventId });
    },
  };
}

function backchannelDepsOf(parts: Parts, channel: SimChannel): BackchannelDeps {
  const { config, database } = parts;
  const { windowMinutes, startsPerClient, startsPerNumber } = config.limits;
  const limit = (name: string, points: number) =>
    createRateLimit(database, { name, points, seconds: windowMinutes * 60 });
  return {
    ...parts,
    push: channel.push,
    sender: channel.sender,
    transport: channel.smsc,
    limits: { client: limit('ciba-client', startsPerClient), customer: limit('ciba-customer', startsPerNumber) },
    rules: { ...pushRules(config), finishSeconds: config.attempts.finishSeconds },
  };
}
