// One ESME connected to the simulator's SMSC: bind, submit_sm, deliver_sm with a window and a response timer,
// enquire_link both ways. A peer that sends garbage, says nothing or answers nothing is cut off.

import type { Socket } from 'node:net';
import { encodePdu, type SmppValue } from './smpp-library.ts';
import {
  COMMAND,
  createFrameReader,
  type Frame,
  readBind,
  readSubmit,
  STATUS,
  type SubmitRequest,
} from './smpp-pdu.ts';
import type { Timers } from './timers.ts';

export interface SmppSessionDeps {
  readonly systemId: string;
  readonly password: string;
  readonly timers: Timers;
  readonly onBound: (session: SmppSession) => void;
  readonly onSubmit: (request: SubmitRequest) => { status: number; messageId?: string };
  /** A response came or the peer is ready again: more may be delivered. */
  readonly onReady: () => void;
  readonly report: (type: string, details: Record<string, unknown>) => void;
}

export interface SmppSession {
  /** True when it is bound to receive and has room in its window. */
  canTake(): boolean;
  /** Sends a deliver_sm; resolves to the peer's status, or undefined when no response came. */
  deliver(fields: Record<string, SmppValue>): Promise<number | undefined>;
  destroy(): void;
}

const WINDOW = 10;
const RESPONSE_MS = 10_000;
const BIND_MS = 10_000;
const ENQUIRE_MS = 20_000;
const MAX_UNSENT = 1024 * 1024;
const SC_INTERFACE_VERSION = 0x34;

const BINDS: ReadonlyMap<number, { command: string; receives: boolean; sends: boolean }> = new Map([
  [COMMAND.bindReceiver, { command: 'bind_receiver_resp', receives: true, sends: false }],
  [COMMAND.bindTransmitter, { command: 'bind_transmitter_resp', receives: false, sends: true }],
  [COMMAND.bindTransceiver, { command: 'bind_transceiver_resp', receives: true, sends: true }],
]);

/** Speaks SMPP 3.4 on an accepted socket until it closes. */
export function createSmppSession(socket: Socket, deps: SmppSessionDeps): SmppSession {
  const reader = createFrameReader();
  const waiting = new Map<number, (frame: Frame | undefined) => void>();
  let bound: { receives: boolean; sends: boolean } | undefined;
  let sequence = 0;
  let stopEnquiring = deps.timers.after(BIND_MS, () => cutOff('no bind'));

  function write(command: string, fields: Record<string, SmppValue>): void {
    if (socket.writableLength > MAX_UNSENT) {
      cutOff('not reading');
      return;
    }
    if (socket.writable) {
      socket.write(encodePdu(command, fields));
    }
  }

  function reply(command: string, frame: Frame, fields: Record<string, SmppValue> = {}): void {
    write(command, { sequence_number: frame.sequence, ...fields });
  }

  function cutOff(reason: string): void {
    deps.report('smsc.cut-off', { reason });
    socket.destroy();
  }

  function request(command: string, fields: Record<string, SmppValue>): Promise<Frame | undefined> {
    sequence = sequence === 0x7fff_ffff ? 1 : sequence + 1;
    const own = sequence;
    return new Promise((resolve) => {
      const stop = deps.timers.after(RESPONSE_MS, () => settle(undefined));
      const settle = (frame: Frame | undefined) => {
        stop();
        waiting.delete(own);
        resolve(frame);
      };
      waiting.set(own, settle);
      write(command, { sequence_number: own, ...fields });
    });
  }

  function enquireLater(): void {
    stopEnquiring = deps.timers.after(ENQUIRE_MS, async () => {
      const answered = await request('enquire_link', {});
      if (answered === undefined && !socket.destroyed) {
        cutOff('enquire_link not answered');
      } else if (!socket.destroyed) {
        enquireLater();
      }
    });
  }

  function bind(frame: Frame, kind: { command: string; receives: boolean; sends: boolean }): void {
    const asked = readBind(frame.body);
    const status = bindStatus(asked);
    if (status !== STATUS.ok) {
      deps.report('smsc.bind-refused', { status });
      reply(kind.command, frame, { command_status: status });
      if (bound === undefined) {
        socket.end();
      }
      return;
    }
    bound = kind;
    stopEnquiring();
    enquireLater();
    reply(kind.command, frame, { system_id: 'simulator', sc_interface_version: SC_INTERFACE_VERSION });
    deps.onBound(session);
  }

  function bindStatus(asked: { systemId: string; password: string } | undefined): number {
    if (bound !== undefined) {
      return STATUS.alreadyBound;
    }
    if (asked === undefined) {
      return STATUS.invalidCommandLength;
    }
    if (asked.systemId !== deps.systemId) {
      return STATUS.invalidSystemId;
    }
    return asked.password === deps.password ? STATUS.ok : STATUS.invalidPassword;
  }

  function submit(frame: Frame): void {
    if (!bound?.sends) {
      reply('submit_sm_resp', frame, { command_status: STATUS.invalidBindStatus });
      return;
    }
    const asked = readSubmit(frame.body);
    const { status, messageId } = asked ? deps.onSubmit(asked) : { status: STATUS.invalidCommandLength, messageId: '' };
    reply('submit_sm_resp', frame, { command_status: status, message_id: messageId ?? '' });
  }

  function handle(frame: Frame): void {
    const kind = BINDS.get(frame.commandId);
    if (kind !== undefined) {
      bind(frame, kind);
    } else if (frame.commandId === COMMAND.submitSm) {
      submit(frame);
    } else if (frame.commandId === COMMAND.enquireLink) {
      reply('enquire_link_resp', frame);
    } else if (frame.commandId === COMMAND.unbind) {
      bound = undefined;
      reply('unbind_resp', frame);
      socket.end();
    } else if (frame.commandId >= COMMAND.genericNack) {
      waiting.get(frame.sequence)?.(frame);
      deps.onReady();
    } else {
      reply('generic_nack', frame, { command_status: STATUS.invalidCommandId });
    }
  }

  socket.setNoDelay(true);
  socket.on('data', (chunk: Buffer) => {
    try {
      reader.push(chunk).forEach(handle);
    } catch (error) {
      cutOff(error instanceof Error ? error.message : 'garbage');
    }
  });
  socket.on('error', () => socket.destroy());
  socket.on('close', () => {
    bound = undefined;
    stopEnquiring();
    for (const settle of [...waiting.values()]) {
      settle(undefined);
    }
  });

  const session: SmppSession = {
    canTake: () => bound?.receives === true && waiting.size < WINDOW && !socket.destroyed,
    async deliver(fields) {
      const response = await request('deliver_sm', fields);
      return response?.status;
    },
    destroy: () => socket.destroy(),
  };
  return session;
}
