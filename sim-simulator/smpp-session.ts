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
  readonly onBound: () => void;
  readonly onSubmit: (request: SubmitRequest) => { status: number; messageId?: string };
  /** A response came or the peer is ready again: more may be delivered. */
  readonly onReady: () => void;
  readonly report: (type: string, details: Record<string, unknown>) => void;
}

const WINDOW = 10;
const RESPONSE_MS = 10_000;
const BIND_MS = 10_000;
const ENQUIRE_MS = 20_000;
const MAX_UNSENT = 1024 * 1024;
const SC_INTERFACE_VERSION = 0x34;

interface BindKind {
  readonly response: string;
  readonly receives: boolean;
  readonly sends: boolean;
}

const BINDS: ReadonlyMap<number, BindKind> = new Map([
  [COMMAND.bindReceiver, { response: 'bind_receiver_resp', receives: true, sends: false }],
  [COMMAND.bindTransmitter, { response: 'bind_transmitter_resp', receives: false, sends: true }],
  [COMMAND.bindTransceiver, { response: 'bind_transceiver_resp', receives: true, sends: true }],
]);

/** Speaks SMPP 3.4 on an accepted socket until it closes. */
export class SmppSession {
  readonly #socket: Socket;
  readonly #deps: SmppSessionDeps;
  readonly #reader = createFrameReader();
  readonly #waiting = new Map<number, (frame: Frame | undefined) => void>();
  #bound: BindKind | undefined;
  #sequence = 0;
  #stopTimer: () => void;

  constructor(socket: Socket, deps: SmppSessionDeps) {
    this.#socket = socket;
    this.#deps = deps;
    this.#stopTimer = deps.timers.after(BIND_MS, () => this.#cutOff('no bind'));
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#closed());
  }

  /** True when it is bound to receive and has room in its window. */
  canTake(): boolean {
    return this.#bound?.receives === true && this.#waiting.size < WINDOW && !this.#socket.destroyed;
  }

  /** Sends a deliver_sm; resolves to the peer's status, or undefined when no response came. */
  async deliver(fields: Record<string, SmppValue>): Promise<number | undefined> {
    const response = await this.#request('deliver_sm', fields);
    return response?.status;
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #read(chunk: Buffer): void {
    try {
      for (const frame of this.#reader.push(chunk)) {
        this.#handle(frame);
      }
    } catch (error) {
      this.#cutOff(error instanceof Error ? error.message : 'garbage');
    }
  }

  #handle(frame: Frame): void {
    const kind = BINDS.get(frame.commandId);
    if (kind !== undefined) {
      this.#bind(frame, kind);
    } else if (frame.commandId === COMMAND.submitSm) {
      this.#submit(frame);
    } else if (frame.commandId === COMMAND.enquireLink) {
      this.#reply('enquire_link_resp', frame);
    } else if (frame.commandId === COMMAND.unbind) {
      this.#bound = undefined;
      this.#reply('unbind_resp', frame);
      this.#socket.end();
    } else if (frame.commandId >= COMMAND.genericNack) {
      this.#waiting.get(frame.sequence)?.(frame);
      this.#deps.onReady();
    } else {
      this.#reply('generic_nack', frame, { command_status: STATUS.invalidCommandId });
    }
  }

  #bind(frame: Frame, kind: BindKind): void {
    const status = this.#bindStatus(readBind(frame.body));
    if (status !== STATUS.ok) {
      this.#deps.report('smsc.bind-refused', { status });
      this.#reply(kind.response, frame, { command_status: status });
      if (this.#bound === undefined) {
        this.#socket.end();
      }
      return;
    }
    this.#bound = kind;
    this.#stopTimer();
    this.#enquireLater();
    this.#reply(kind.response, frame, { system_id: 'simulator', sc_interface_version: SC_INTERFACE_VERSION });
    this.#deps.onBound();
  }

  #bindStatus(asked: { systemId: string; password: string } | undefined): number {
    if (this.#bound !== undefined) {
      return STATUS.alreadyBound;
    }
    if (asked === undefined) {
      return STATUS.invalidCommandLength;
    }
    if (asked.systemId !== this.#deps.systemId) {
      return STATUS.invalidSystemId;
    }
    return asked.password === this.#deps.password ? STATUS.ok : STATUS.invalidPassword;
  }

  #submit(frame: Frame): void {
    if (!this.#bound?.sends) {
      this.#reply('submit_sm_resp', frame, { command_status: STATUS.invalidBindStatus });
      return;
    }
    const asked = readSubmit(frame.body);
    const { status, messageId = '' } = asked ? this.#deps.onSubmit(asked) : { status: STATUS.invalidCommandLength };
    this.#reply('submit_sm_resp', frame, { command_status: status, message_id: messageId });
  }

  #request(command: string, fields: Record<string, SmppValue>): Promise<Frame | undefined> {
    this.#sequence = this.#sequence === 0x7fff_ffff ? 1 : this.#sequence + 1;
    const own = this.#sequence;
    return new Promise((resolve) => {
      const stop = this.#deps.timers.after(RESPONSE_MS, () => settle(undefined));
      const settle = (frame: Frame | undefined) => {
        stop();
        this.#waiting.delete(own);
        resolve(frame);
      };
      this.#waiting.set(own, settle);
      this.#write(command, { sequence_number: own, ...fields });
    });
  }

  #enquireLater(): void {
    this.#stopTimer = this.#deps.timers.after(ENQUIRE_MS, () => {
      this.#request('enquire_link', {}).then((answered) => {
        if (this.#socket.destroyed) {
          return;
        }
        if (answered === undefined) {
          this.#cutOff('enquire_link not answered');
        } else {
          this.#enquireLater();
        }
      });
    });
  }

  #reply(command: string, frame: Frame, fields: Record<string, SmppValue> = {}): void {
    this.#write(command, { sequence_number: frame.sequence, ...fields });
  }

  #write(command: string, fields: Record<string, SmppValue>): void {
    if (this.#socket.writableLength > MAX_UNSENT) {
      this.#cutOff('not reading');
    } else if (this.#socket.writable) {
      this.#socket.write(encodePdu(command, fields));
    }
  }

  #cutOff(reason: string): void {
    this.#deps.report('smsc.cut-off', { reason });
    this.#socket.destroy();
  }

  #closed(): void {
    this.#bound = undefined;
    this.#stopTimer();
    for (const settle of [...this.#waiting.values()]) {
      settle(undefined);
    }
  }
}
