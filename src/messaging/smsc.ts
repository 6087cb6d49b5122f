// The SMSC as the rest of the provider sees it: submit a message and learn its fate, be told of deliveries.
// Guards of sim-channel 4.3 and 4.4: window, time-outs, throttling, reconnect, strict input.
import { type Msisdn, maskMsisdn } from '../identifiers.ts';
import type { Log } from '../ops/log.ts';
import { createSendWindow, type SendWindow } from './send-window.ts';
import type { Exchange, SmppLink } from './smpp-link.ts';
import { createConnection, parseSmscUrl, pause } from './smsc-connection.ts';
import { createInbound, type DeliveredMessage } from './smsc-inbound.ts';
import { clearHeader } from './user-data-header.ts';

export interface Submission {
  readonly destination: Msisdn;
  /** One TP-UD: at most 140 octets, or 160 of unpacked septets under data coding 00. */
  readonly body: Buffer;
  readonly esmClass: number;
  readonly protocolId: number;
  readonly dataCoding: number;
  /** Remaining life: what the SMSC has not delivered by then it drops, and retries here end. */
  readonly validitySeconds: number;
  readonly registeredDelivery: number;
}

export type SubmitOutcome =
  | { readonly kind: 'accepted'; readonly messageId: string }
  /** SMPP command_status; throttling statuses only when the life ended before the SMSC took it. */
  | { readonly kind: 'refused'; readonly status: number }
  /** Written, fate unknown. A secured packet must not be repeated with the same counter. */
  | { readonly kind: 'unknown' }
  /** Never written: no link, no place in the window in time, or given up by the caller. */
  | { readonly kind: 'unreachable' };

export interface SmscOptions {
  /** `smpp://user:password@host:port` or `smpps://…`. */
  readonly url: string;
  readonly shortCode: string;
  readonly systemType?: string;
  readonly certificateAuthority?: string;
  readonly window?: number;
  readonly mostWaiting?: number;
  readonly messagesPerSecond?: number;
  readonly responseTimeoutSeconds?: number;
  readonly enquireLinkSeconds?: number;
  /** Back-off between connections, and after a throttling answer. */
  readonly reconnect?: { readonly firstSeconds: number; readonly mostSeconds: number };
  readonly throttle?: { readonly firstSeconds: number; readonly mostSeconds: number };
  readonly now: () => Date;
  /** 0 to below 1, for jitter. */
  readonly random: () => number;
  readonly log: Log;
  /** Awaited before the SMSC is answered: keep the message first. A rejection makes the SMSC repeat it. */
  readonly onDeliver: (message: DeliveredMessage) => Promise<void>;
  readonly onStateChange?: (bound: boolean) => void;
}

export interface Smsc {
  start(): void;
  /** Ends what is on its way, unbinds and disconnects. */
  stop(): Promise<void>;
  isBound(): boolean;
  /** Messages without a response yet, and those that wait for a place in the window. */
  load: SendWindow['load'];
  /** Sends one part. `signal` gives up before writing, never after. Throws RangeError for a body that is too long. */
  submit(message: Submission, signal?: AbortSignal): Promise<SubmitOutcome>;
}

/** ESME_RSYSERR, RMSGQFUL, RTHROTTLED, RX_T_APPN: the SMSC may take it later. */
const temporaryStatuses = [0x08, 0x14, 0x58, 0x64];

/** True when the SMSC may take the same message later. */
export function isTemporaryStatus(status: number): boolean {
  return temporaryStatuses.includes(status);
}

/** Makes the SMSC session; nothing happens before `start()`. */
export function createSmsc(options: SmscOptions): Smsc {
  const { log, now, responseTimeoutSeconds = 5 } = options;
  const places = createSendWindow({
    size: options.window ?? 10,
    mostWaiting: options.mostWaiting ?? 1000,
    perSecond: options.messagesPerSecond,
    now,
  });
  const inbound = createInbound({ log, now, onDeliver: options.onDeliver, responseTimeoutSeconds });
  const connection = createConnection({
    address: parseSmscUrl(options.url),
    systemType: options.systemType ?? '',
    certificateAuthority: options.certificateAuthority,
    responseTimeoutSeconds,
    enquireLinkSeconds: options.enquireLinkSeconds ?? 15,
    reconnect: options.reconnect ?? { firstSeconds: 0.1, mostSeconds: 10 },
    random: options.random,
    log,
    onRequest: inbound.onRequest,
    onStateChange: (bound) => options.onStateChange?.(bound),
  });
  const sender = createSender(options, { places, link: connection.link });
  return {
    start: connection.start,
    isBound: () => connection.link() !== undefined,
    load: places.load,
    submit: sender.submit,
    async stop() {
      // Each of these ends by itself within the response time-out.
      await Promise.allSettled([sender.stop(), ...inbound.open]);
      await connection.stop();
    },
  };
}

function createSender(
  options: SmscOptions,
  { places, link }: { places: SendWindow; link: () => SmppLink | undefined },
) {
  const { throttle = { firstSeconds: 0.5, mostSeconds: 8 }, random, log, shortCode } = options;
  const stopping = new AbortController();
  const open: Set<Promise<SubmitOutcome>> = new Set();

  async function attempt(message: Submission, alive: AbortSignal): Promise<SubmitOutcome> {
    if (!link()) return { kind: 'unreachable' };
    const place = await places.enter(alive);
    const current = link();
    if (!place || !current || alive.aborted) {
      place?.leave();
      return { kind: 'unreachable' };
    }
    const exchange = current.request('submit_sm', submitFields(message, shortCode));
    const outcome = outcomeOf(await exchange.finally(() => place.leave()));
    log.info({ ...description(message), outcome }, 'smsc: submitted');
    return outcome;
  }

  async function submitWhileAlive(message: Submission, alive: AbortSignal): Promise<SubmitOutcome> {
    for (let tries = 0; ; tries++) {
      const outcome = await attempt(message, alive);
      if (outcome.kind !== 'refused' || !isTemporaryStatus(outcome.status)) return outcome;
      const ceiling = Math.min(throttle.mostSeconds, throttle.firstSeconds * 2 ** Math.min(tries, 10));
      if (!(await pause(ceiling * (0.5 + random() / 2), alive))) return outcome;
    }
  }

  return {
    async submit(message: Submission, signal?: AbortSignal): Promise<SubmitOutcome> {
      checkSubmission(message);
      const life = AbortSignal.timeout(Math.ceil(message.validitySeconds * 1000));
      const alive = AbortSignal.any([life, stopping.signal, ...(signal ? [signal] : [])]);
      const work = submitWhileAlive(message, alive);
      open.add(work);
      return work.finally(() => open.delete(work));
    },
    async stop(): Promise<void> {
      // Who waits for a place, or for the SMSC to take a throttled message, stops waiting here.
      stopping.abort();
      await Promise.allSettled(open);
    },
  };
}

function outcomeOf(exchange: Exchange): SubmitOutcome {
  if (exchange.kind === 'unsent') return { kind: 'unreachable' };
  if (exchange.kind === 'unanswered') return { kind: 'unknown' };
  if (exchange.status !== 0) return { kind: 'refused', status: exchange.status };
  return { kind: 'accepted', messageId: exchange.messageId };
}

function checkSubmission({ body, dataCoding, validitySeconds }: Submission): void {
  // The library would send up to 255 octets, which the radio cannot carry.
  if (body.length > (dataCoding === 0x00 ? 160 : 140)) throw new RangeError('a short message has at most 140 octets');
  if (!(validitySeconds > 0)) throw new RangeError('a message without remaining life is not sent');
}

function submitFields(message: Submission, shortCode: string) {
  return {
    source_addr_ton: 0,
    source_addr_npi: 1,
    source_addr: shortCode,
    dest_addr_ton: 1,
    dest_addr_npi: 1,
    destination_addr: message.destination.replace('+', ''),
    esm_class: message.esmClass,
    protocol_id: message.protocolId,
    priority_flag: 1,
    validity_period: relativeTime(message.validitySeconds),
    registered_delivery: message.registeredDelivery,
    // A number always: left to the library it would guess from the body.
    data_coding: message.dataCoding,
    short_message: message.body,
  };
}

/** SMPP 3.4, 7.1.1.2: `YYMMDDhhmmss000R`. */
function relativeTime(seconds: number): string {
  const whole = Math.max(1, Math.floor(seconds));
  const parts = [Math.floor(whole / 86_400), Math.floor(whole / 3600) % 24, Math.floor(whole / 60) % 60, whole % 60];
  return `0000${parts.map((part) => String(part).padStart(2, '0')).join('')}000R`;
}

function description({ destination, body, esmClass, dataCoding }: Submission) {
  return { to: maskMsisdn(destination), octets: body.length, dataCoding, header: clearHeader(esmClass, body) };
}
