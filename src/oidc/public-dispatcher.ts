// Connects to addresses on the public internet only. A name is looked up when the socket is opened, and that answer
// counts: one that was public a moment before and is not now (DNS rebinding) reaches nothing.
import { lookup as systemLookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { z } from 'zod';

type Lookup = (host: string, options: { all: true }, done: (error: Error | null, found: Found[]) => void) => void;
type Found = { address: string; family: number };

/** The looking up of a socket: an error for a name with any address that is not public. */
export function publicLookup(isPrivate: (address: string) => boolean, lookup: Lookup = systemLookup): LookupFunction {
  return (host, options, done) => {
    lookup(host, { all: true }, (error, found) => {
      const isRefused = error === null && (found.length === 0 || found.some(({ address }) => isPrivate(address)));
      const problem = isRefused ? new Error('the host is private, local or unknown') : error;
      const [first] = found ?? [];
      if (problem !== null || first === undefined) done(problem ?? new Error('no address'), '', 0);
      else if (options.all) done(null, found);
      else done(null, first.address, first.family);
    });
  };
}

const agentClass = z.custom<new (options: object) => object>((value) => typeof value === 'function');

/**
 * A dispatcher for `fetch` that looks names up so. The runtime keeps the class of its dispatchers under a well-known
 * symbol and exports it nowhere else. Throws where there is none: without the guard nothing is sent.
 */
export function createPublicDispatcher(isPrivate: (address: string) => boolean): object {
  // Naming it makes the runtime load its fetch.
  if (typeof Response !== 'function') throw new Error('this runtime has no fetch');
  const known = ['undici.globalDispatcher.2', 'undici.globalDispatcher.1'].map((name) =>
    Reflect.get(globalThis, Symbol.for(name)),
  );
  const Agent = agentClass.parse(known.find((one) => typeof one === 'object' && one !== null)?.constructor);
  return new Agent({ connect: { lookup: publicLookup(isPrivate) } });
}
