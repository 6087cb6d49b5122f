// Starts the whole simulator: cards and phones, SMSC, mail box, control API. For the `serve` command, and for tests in
// their own process, which also get the hooks for faults on the wire.

import type { Server } from 'node:http';
import { fileURLToPath } from 'node:url';
import { createControlApi } from './control-api.ts';
import { createEventLog, type SimulatorEvent } from './event-log.ts';
import { type Fleet, loadFleet } from './fleet.ts';
import { createMailbox } from './mailbox.ts';
import { type NetworkEventsOptions, tellNetworkEvents } from './network-events.ts';
import type { PhoneMessage } from './phone.ts';
import { Smsc } from './smsc.ts';
import { loadStaticFiles } from './static-files.ts';
import { createTimers, type Timers } from './timers.ts';
import { createUsageBook } from './usage.ts';

export interface SimulatorOptions {
  readonly exportFile: string;
  readonly stateDirectory: string;
  /** Ports: 0 takes any free one. */
  readonly httpPort: number;
  readonly smppPort: number;
  readonly smtpPort: number;
  /** Address to listen on; loopback by default. */
  readonly host?: string;
  readonly fresh?: boolean;
  readonly systemId?: string;
  readonly password?: string;
  /** Where answers go when a message named no source. */
  readonly shortCode?: string;
  readonly expose?: { token: string };
  /** Where the operator hears of phones; without it nobody does. */
  readonly network?: NetworkEventsOptions;
  readonly now: () => Date;
  readonly randomBytes: (size: number) => Buffer;
  readonly timers?: Timers;
  readonly onEvent?: (event: SimulatorEvent) => void;
}

export interface Simulator {
  readonly url: string;
  readonly httpPort: number;
  readonly smppPort: number;
  readonly smtpPort: number;
  readonly fleet: Fleet;
  readonly smsc: Pick<
    Smsc,
    'onOutgoing' | 'disconnectAll' | 'pauseListening' | 'resumeListening' | 'submitFromPhone' | 'clear'
  >;
  /** Makes the card on `msisdn` sign with the key of the card on `other` (null: its own again). */
  signWithKeyOf(msisdn: string, other: string | null): void;
  /** The fleet as in the export, counters kept; no message left on its way. */
  reset(): Promise<void>;
  stop(): Promise<void>;
}

const WEB_PHONE = fileURLToPath(new URL('./web-phone', import.meta.url));

/**
 * Starts everything or nothing; rejects with an Error that says what is wrong: an export or state file that is not
 * valid, a host that is not loopback without `expose`, or a port that is taken (the system's error).
 */
export async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  const host = options.host ?? '127.0.0.1';
  if (options.expose === undefined && !isLoopback(host)) {
    throw new Error('The simulator listens on loopback only, unless it is exposed with a token');
  }
  const parts = await assemble(options, host);
  try {
    const smppPort = await parts.smsc.start();
    const smtpPort = (await parts.mailbox.start()).port;
    const httpPort = await listen(parts.http, { host, port: options.httpPort });
    const url = `http://${urlHost(host)}:${httpPort}`;
    return { url, httpPort, smppPort, smtpPort, ...parts.handle };
  } catch (error) {
    await parts.handle.stop();
    throw error;
  }
}

async function assemble(options: SimulatorOptions, host: string) {
  const { now, randomBytes } = options;
  const timers = options.timers ?? createTimers();
  const events = createEventLog(now);
  if (options.onEvent !== undefined) {
    events.listen(options.onEvent);
  }
  const network = {
    submit: (message: PhoneMessage) => smsc.submitFromPhone(message),
    reachable: (msisdn: string) => smsc.deliverWaiting(msisdn),
  };
  const fleet = await loadFleet({ ...options, fresh: options.fresh === true, timers, events, network });
  const smsc = new Smsc({
    host,
    port: options.smppPort,
    systemId: options.systemId ?? 'provider',
    password: options.password ?? 'smppdemo',
    shortCode: options.shortCode ?? '12345',
    phone: fleet.phone,
    now,
    randomBytes,
    timers,
    events,
  });
  if (options.network !== undefined) {
    tellNetworkEvents({ ...options.network, events, phone: fleet.phone });
  }
  const usage = createUsageBook({ network: options.network, now, randomBytes, timers, events });
  const mailbox = createMailbox({ port: options.smtpPort, host, now });
  mailbox.onMail(() => events.emit('mail.received'));

  async function reset(): Promise<void> {
    smsc.clear();
    await fleet.reset();
    mailbox.clear();
    usage.clear();
  }

  const files = await loadStaticFiles(WEB_PHONE);
  const http = createControlApi({ fleet, events, mailbox, usage, files, timers, expose: options.expose, reset });

  async function stop(): Promise<void> {
    await Promise.all([closeHttp(http), smsc.stop(), mailbox.stop()]);
    timers.stop();
    await fleet.settled();
  }

  function signWithKeyOf(msisdn: string, other: string | null): void {
    const foreign = other === null ? null : (fleet.phone(other)?.card().state.kpin ?? null);
    fleet.phone(msisdn)?.card().signWith(foreign);
  }

  return { smsc, mailbox, http, handle: { fleet, smsc, signWithKeyOf, reset, stop } };
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

function urlHost(host: string): string {
  if (host === '127.0.0.1' || host === '0.0.0.0' || host === '::') {
    return 'localhost';
  }
  return host.includes(':') ? `[${host}]` : host;
}

function listen(server: Server, where: { host: string; port: number }): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(where, () => {
      server.off('error', reject);
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : where.port);
    });
  });
}

function closeHttp(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    // Streams and long polls never end by themselves.
    server.closeAllConnections();
  });
}
