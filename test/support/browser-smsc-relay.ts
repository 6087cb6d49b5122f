// A wire between provider and SMSC that can be cut: while it is, connections end and new ones are refused.
import { connect, createServer, type Socket } from 'node:net';

export interface SmscRelay {
  /** Where the provider connects. */
  readonly port: number;
  /** Where the SMSC listens; until it is known nobody gets through. */
  leadTo(smscPort: number, host?: string): void;
  /** How many sessions were ended in order, by an `unbind` of the provider. */
  readonly unbinds: number;
  cut(): void;
  restore(): void;
  close(): Promise<void>;
}

/** Opens the relay on a free port of loopback. */
export async function openSmscRelay(): Promise<SmscRelay> {
  const open = new Set<Socket>();
  let target: { port: number; host: string } | undefined;
  let isCut = false;
  let unbinds = 0;
  const hangUp = () => {
    for (const socket of open) socket.destroy();
  };
  const server = createServer((near) => {
    if (target === undefined || isCut) {
      near.destroy();
      return;
    }
    const far = connect(target);
    near.on('data', (octets: Buffer) => {
      if (isUnbind(octets)) unbinds += 1;
    });
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(one);
      one.pipe(other);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        open.delete(one);
        other.destroy();
      });
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  return {
    get unbinds() {
      return unbinds;
    },
    port: address !== null && typeof address === 'object' ? address.port : 0,
    leadTo(port, host = '127.0.0.1') {
      target = { port, host };
    },
    cut() {
      isCut = true;
      hangUp();
    },
    restore() {
      isCut = false;
    },
    close() {
      hangUp();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

/** SMPP 3.4, 4.2.1: a header alone, written when nothing else is on its way. */
function isUnbind(octets: Buffer): boolean {
  return (
    octets.length >= 16 &&
    octets.readUInt32BE(octets.length - 12) === 0x06 &&
    octets.readUInt32BE(octets.length - 16) === 16
  );
}
