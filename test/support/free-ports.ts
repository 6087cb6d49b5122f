// Ports for servers whose address must be known before they listen. They lie below those that the system hands out by
// itself, and each test process has a part of its own, so that nobody takes one between its choice and its use.
import { createServer } from 'node:net';

const first = 20_000;
const perProcess = 1_000;
const processes = 12;

/** `count` ports of 127.0.0.1 on which nobody listens now. */
export async function freePorts(count: number): Promise<number[]> {
  const start = first + (process.pid % processes) * perProcess;
  const found: number[] = [];
  for (let tries = 0; found.length < count && tries < perProcess; tries++) {
    const port = start + next(perProcess);
    if (await isFree(port)) found.push(port);
  }
  if (found.length < count) throw new Error('there are no free ports left for tests');
  return found;
}

// A rising number rather than chance: a port that was just given back is the last one to be asked for again.
let asked = process.pid;
function next(range: number): number {
  asked = (asked + 1) % range;
  return asked;
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
