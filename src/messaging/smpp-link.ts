// One SMPP connection: requests with time-outs, enquire_link in both directions, and an end that is told once.
// `smpp` is used as PDU codec only: its session has no time-outs, loses callbacks and hangs on bad input.
import type { Socket } from 'node:net';
import { PDU, type PduFields } from 'smpp';
import type { Log } from '../ops/log.ts';
import { commandIds, createFramer, type Frame } from './smpp-frame.ts';

export type Exchange =
  | { readonly kind: 'answered'; readonly status: number; readonly messageId: string }
  /** Written, and no answer came: the peer may have acted on it. */
  | { readonly kind: 'unanswered' }
  /** Nothing of it reached the socket. */
  | { readonly kind: 'unsent' };

export interface SmppLink {
  request(command: string, fields: PduFields): Promise<Exchange>;
  respond(frame: Frame, command: string, status: number): void;
  /** Ends the connection at once; requests still open end as unanswered. */
  destroy(reason: string): void;
  /** Resolves once, with the reason, when the connection has ended. */
  readonly closed: Promise<string>;
}

export interface LinkOptions {
  readonly socket: Socket;
  readonly responseTimeoutSeconds: number;
  readonly enquireLinkSeconds: number;
  readonly log: Log;
  /** Requests of the peer other than enquire_link and unbind; answers by `respond`. */
  readonly onRequest: (frame: Frame, link: SmppLink) => void;
}

const invalidCommandId = 0x03;
const unknownError = 0xff;
const responseBit = 0x80000000;
const highestSequence = 0x7fffffff;
/** A peer that asks and never reads is cut off at this many octets. */
const mostUnread = 1_000_000;

/** Runs SMPP over a connected socket until either side ends it. */
export function openLink(options: LinkOptions): SmppLink {
  const { socket, responseTimeoutSeconds } = options;
  const requests = createRequests(responseTimeoutSeconds, options.log);
  const ended = Promise.withResolvers<string>();
  let reason = 'closed by the peer';
  const link: SmppLink = {
    closed: ended.promise,
    destroy(why) {
      if (!socket.destroyed) reason = why;
      socket.destroy();
    },
    request(command, fields) {
      if (!socket.writable) return Promise.resolve({ kind: 'unsent' });
      const pdu = new PDU(command, { ...fields, sequence_number: requests.nextSequence() });
      // Encoded before it is expected: a PDU that cannot be encoded must not leave a waiter behind.
      const octets = pdu.toBuffer();
      const exchange = requests.expect(pdu.sequence_number, pdu.command_id);
      socket.write(octets);
      return exchange;
    },
    respond(frame, command, status) {
      if (!socket.writable) return;
      socket.write(new PDU(command, { sequence_number: frame.sequence, command_status: status }).toBuffer());
      if (socket.writableLength > mostUnread) link.destroy('the peer does not read');
    },
  };
  socket.on('error', (error: NodeJS.ErrnoException) => {
    reason = error.code ?? error.name;
  });
  const timers = [readFrames(options, link, requests), enquireLink(options, link)];
  socket.once('close', () => {
    for (const stop of timers) stop();
    requests.abandon();
    ended.resolve(reason);
  });
  return link;
}

/** Refuses a request that is not spoken here (SMPP 3.4, 4.3.1). */
export function refuseCommand(frame: Frame, link: SmppLink): void {
  link.respond(frame, 'generic_nack', invalidCommandId);
}

type Requests = ReturnType<typeof createRequests>;

/** Our requests that wait for an answer, by sequence number. */
function createRequests(responseTimeoutSeconds: number, log: Log) {
  const waiting = new Map<number, { responseId: number; settle: (exchange: Exchange) => void }>();
  let sequence = 0;
  return {
    nextSequence(): number {
      sequence = sequence === highestSequence ? 1 : sequence + 1;
      return sequence;
    },
    expect(number: number, commandId: number): Promise<Exchange> {
      const { promise, resolve } = Promise.withResolvers<Exchange>();
      const settle = (exchange: Exchange) => {
        clearTimeout(timer);
        waiting.delete(number);
        resolve(exchange);
      };
      const timer = setTimeout(() => settle({ kind: 'unanswered' }), responseTimeoutSeconds * 1000);
      waiting.set(number, { responseId: (commandId | responseBit) >>> 0, settle });
      return promise;
    },
    /** Hands an answer to its request; false if it is an answer to something else. */
    answer(frame: Frame): boolean {
      const request = waiting.get(frame.sequence);
      const isNack = frame.commandId === commandIds.generic_nack;
      if (request && frame.commandId !== request.responseId && !isNack) return false;
      if (!request) log.debug({ sequence: frame.sequence, status: frame.status }, 'smpp: late answer');
      // A nack says that the request was not understood, even if its author forgot to say why.
      const status = isNack && frame.status === 0 ? unknownError : frame.status;
      request?.settle({ kind: 'answered', status, messageId: messageIdOf(frame) });
      return true;
    },
    abandon(): void {
      for (const { settle } of waiting.values()) settle({ kind: 'unanswered' });
    },
  };
}

function readFrames({ socket, responseTimeoutSeconds, onRequest }: LinkOptions, link: SmppLink, requests: Requests) {
  const framer = createFramer();
  let partial: NodeJS.Timeout | undefined;

  function onFrame(frame: Frame): void {
    if (frame.isResponse) {
      if (!requests.answer(frame)) link.destroy('answered with another command');
    } else if (frame.commandId === commandIds.enquire_link) {
      link.respond(frame, 'enquire_link_resp', 0);
    } else if (frame.commandId === commandIds.unbind) {
      link.respond(frame, 'unbind_resp', 0);
      socket.end(() => link.destroy('unbound by the peer'));
    } else {
      onRequest(frame, link);
    }
  }

  socket.on('data', (chunk: Buffer) => {
    const frames = framer.push(chunk);
    clearTimeout(partial);
    if (!frames) link.destroy('not SMPP');
    for (const frame of frames ?? []) if (!socket.destroyed) onFrame(frame);
    // A PDU that begins and never ends would swallow all that follows it.
    if (!framer.isPartial() || socket.destroyed) return;
    partial = setTimeout(() => link.destroy('unfinished PDU'), responseTimeoutSeconds * 1000);
  });
  return () => clearTimeout(partial);
}

function enquireLink({ enquireLinkSeconds }: LinkOptions, link: SmppLink): () => void {
  const timer = setInterval(() => {
    void link.request('enquire_link', {}).then((exchange) => {
      if (exchange.kind === 'unanswered') link.destroy('enquire_link not answered');
    });
  }, enquireLinkSeconds * 1000);
  return () => clearInterval(timer);
}

// The body of a submit_sm_resp is one C-octet string, and may be missing.
function messageIdOf(frame: Frame): string {
  const end = frame.octets.indexOf(0, 16);
  return frame.octets.toString('latin1', 16, end < 0 ? frame.octets.length : end).slice(0, 65);
}
