// Types of the parts of `smpp` 0.5.1 that are used: its PDU codec here, its server in tests. It ships none.
declare module 'smpp' {
  import type { EventEmitter } from 'node:events';
  import type { Server as NetServer, Socket } from 'node:net';

  export interface PduFields {
    command_status?: number;
    sequence_number?: number;
    [field: string]: string | number | Buffer | undefined;
  }

  /** A new or a decoded PDU. Fields past the header depend on the command and on the peer: all unknown. */
  export class PDU {
    constructor(command: string | Buffer, fields?: PduFields);
    readonly command: string;
    readonly command_id: number;
    readonly command_status: number;
    readonly sequence_number: number;
    readonly [field: string]: unknown;
    response(fields?: PduFields): PDU;
    toBuffer(): Buffer;
  }

  export interface Session extends EventEmitter {
    readonly socket: Socket;
    send(pdu: PDU, onResponse?: (pdu: PDU) => void): boolean;
    close(): void;
    destroy(): void;
  }

  export function createServer(onSession: (session: Session) => void): NetServer;
  export function createServer(
    options: { key: string; cert: string },
    onSession: (session: Session) => void,
  ): NetServer;
}
