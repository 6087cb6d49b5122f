// A wire between provider and SMSC that can be cut: while it is, connections end and new ones are refused.
import { connect, createServer, type Socket } from 'node:net';

export interface SmscRelay {
  /** Where the provider connects. */
  readonly port: number;
  /** Where the SMSC listens; until it is known nobody gets through. */
  leadTo(smscPort: number): void;
  cut(): void;
  restore(): void;
  close(): Promise<void>;
}

/** Opens the relay on a free port of loopback. */
export async function openSmscRelay(): Promise<SmscRelay> {
  const open = new Set<Socket>();
  let target: number | undefined;
  let isCut = false;
  const hangUp = () => {
    for (const socket of open) socket.destroy();
  };
  const server = createServer((near) => {
    if (target === undefined || isCut) {
      near.destroy();
      return;
    }
    const far = connect(target, '127.0.0.1');
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
    port: address !== null && typeof address === 'object' ? address.port : 0,
    leadTo(smscPort) {
      target = smscPort;
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
