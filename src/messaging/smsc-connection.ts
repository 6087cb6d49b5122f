// Opens the connection to the SMSC and binds it, again and again, for as long as it is wanted.
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Log } from '../ops/log.ts';
import type { Frame } from './smpp-frame.ts';
import { openLink, type SmppLink } from './smpp-link.ts';

/** Where and as whom to bind. */
export interface SmscAddress {
  readonly host: string;
  readonly port: number;
  readonly secure: boolean;
  readonly systemId: string;
  readonly password: string;
}

/** Reads `smpp://user:password@host:port` or `smpps://…`. Throws RangeError that names the fault, never the value. */
export function parseSmscUrl(text: string): SmscAddress {
  const url = URL.parse(text);
  const secure = url?.protocol === 'smpps:';
  if (!url || (!secure && url.protocol !== 'smpp:'))
    throw new RangeError('the SMSC address is no smpp:// or smpps:// URL');
  const systemId = decodeCredential(url.username);
  const password = decodeCredential(url.password);
  if (url.hostname === '') throw new RangeError('the SMSC address has no host');
  if (systemId.length > 15) throw new RangeError('the SMSC user has more than 15 characters');
  if (password.length > 8) throw new RangeError('the SMSC password has more than 8 characters (SMPP 3.4)');
  const host = url.hostname.replace(/^\[|\]$/g, '');
  return { host, port: url.port === '' ? (secure ? 3550 : 2775) : Number(url.port), secure, systemId, password };
}

function decodeCredential(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new RangeError('user or password of the SMSC address is not percent-encoded as it should be');
  }
}

export interface ConnectionOptions {
  readonly address: SmscAddress;
  readonly systemType: string;
  /** Certificate authorities to trust in place of the system's, PEM. */
  readonly certificateAuthority?: string | undefined;
  readonly responseTimeoutSeconds: number;
  readonly enquireLinkSeconds: number;
  readonly reconnect: { readonly firstSeconds: number; readonly mostSeconds: number };
  readonly random: () => number;
  readonly log: Log;
  readonly onRequest: (frame: Frame, link: SmppLink) => void;
  readonly onStateChange: (bound: boolean) => void;
}

/** Keeps one bound link alive: `link()` is undefined while there is none. */
export function createConnection(options: ConnectionOptions) {
  const { log, reconnect } = options;
  const stopping = new AbortController();
  let bound: SmppLink | undefined;
  let running: Promise<void> | undefined;

  async function run(): Promise<void> {
    let failures = 0;
    while (!stopping.signal.aborted) {
      const heldLong = await connectOnce();
      failures = heldLong ? 0 : failures + 1;
      // The first retry is quick: most losses are restarts. Jitter keeps many nodes from coming back as one.
      const ceiling = Math.min(reconnect.mostSeconds, reconnect.firstSeconds * 2 ** Math.min(failures, 20));
      await pause(ceiling * (0.5 + options.random() / 2), stopping.signal);
    }
  }

  /** One connection from its beginning to its end; true when it was of use for a while. */
  async function connectOnce(): Promise<boolean> {
    const link = await openBound(options, stopping.signal);
    if (!link) return false;
    let held = false;
    const timer = setTimeout(() => {
      held = true;
    }, options.enquireLinkSeconds * 1000);
    bound = link;
    log.info({ host: options.address.host }, 'smsc: bound');
    options.onStateChange(true);
    const reason = await link.closed;
    clearTimeout(timer);
    bound = undefined;
    log.warn({ reason }, 'smsc: connection lost');
    options.onStateChange(false);
    return held;
  }

  return {
    start(): void {
      running ??= run();
    },
    link: (): SmppLink | undefined => bound,
    /** Unbinds, ends the connection and stays down. */
    async stop(): Promise<void> {
      stopping.abort();
      await bound?.request('unbind', {});
      bound?.destroy('stopped');
      await running;
    },
  };
}

async function openBound(options: ConnectionOptions, stopping: AbortSignal): Promise<SmppLink | undefined> {
  const { address, log } = options;
  const socket = await openSocket(options, stopping);
  if (!socket) return undefined;
  const link = openLink({ ...options, socket });
  const stop = () => link.destroy('stopped');
  stopping.addEventListener('abort', stop, { once: true });
  const exchange = await link.request('bind_transceiver', {
    system_id: address.systemId,
    password: address.password,
    system_type: options.systemType,
    interface_version: 0x34,
  });
  stopping.removeEventListener('abort', stop);
  if (exchange.kind === 'answered' && exchange.status === 0 && !stopping.aborted) return link;
  log.error({ status: exchange.kind === 'answered' ? exchange.status : exchange.kind }, 'smsc: bind refused');
  link.destroy('bind refused');
  await link.closed;
  return undefined;
}

async function openSocket(options: ConnectionOptions, stopping: AbortSignal): Promise<Socket | undefined> {
  const { host, port } = options.address;
  const opened = Promise.withResolvers<string>();
  const socket = beginConnecting(options, () => opened.resolve('open'));
  const onAbort = () => opened.resolve('stopped');
  const timer = setTimeout(() => opened.resolve('time-out'), options.responseTimeoutSeconds * 1000);
  // Stays for the socket's whole life: an error without listener would end the process.
  socket.on('error', (error: NodeJS.ErrnoException) => opened.resolve(error.code ?? error.name));
  stopping.addEventListener('abort', onAbort, { once: true });
  const result = await opened.promise;
  clearTimeout(timer);
  stopping.removeEventListener('abort', onAbort);
  if (result === 'open') return socket;
  options.log.warn({ host, port, cause: result }, 'smsc: not reached');
  socket.destroy();
  return undefined;
}

function beginConnecting({ address, certificateAuthority }: ConnectionOptions, onOpen: () => void): Socket {
  const { host, port } = address;
  if (!address.secure) return connectTcp({ host, port, noDelay: true, keepAlive: true }, onOpen);
  const name = isIP(host) === 0 ? { servername: host } : {};
  const authority = certificateAuthority === undefined ? {} : { ca: certificateAuthority };
  // Chain and name are verified by default; neither can be switched off here.
  return connectTls({ host, port, minVersion: 'TLSv1.2', ...name, ...authority }, onOpen).setNoDelay(true);
}

/** Waits, or not when `signal` ends it; tells whether the whole time has passed. */
export async function pause(seconds: number, signal: AbortSignal): Promise<boolean> {
  if (signal.aborted) return false;
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => resolve(true), seconds * 1000);
  const onAbort = () => resolve(false);
  signal.addEventListener('abort', onAbort, { once: true });
  const whole = await promise;
  clearTimeout(timer);
  signal.removeEventListener('abort', onAbort);
  return whole;
}
