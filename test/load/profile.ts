// Reads a CPU profile as Node writes it, and says which functions took most time themselves, and which packages and
// folders the time was spent for.
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { repositoryRoot } from '../support/source-files.ts';

const frameSchema = z.object({ functionName: z.string(), url: z.string(), lineNumber: z.number() });
type Frame = z.output<typeof frameSchema>;

const profileSchema = z.object({
  nodes: z.array(z.object({ id: z.number(), callFrame: frameSchema, children: z.array(z.number()).optional() })),
  samples: z.array(z.number()),
  timeDeltas: z.array(z.number()),
});

export interface Cost {
  /** Part of the time in which the processor was busy, 0 to 1. */
  readonly share: number;
  readonly what: string;
}

export interface ProfileSummary {
  /** By the time that they take themselves. */
  readonly functions: readonly Cost[];
  /** What native code and Node do counts to the package or folder that has called them. */
  readonly parts: readonly Cost[];
}

// Nothing is done in these, or the profile itself is begun and ended; `(program)` is native code without a name: the
// system, the network, cryptography.
const idle = new Set(['(idle)', '(root)']);
const ofTheProfile = /^node:(internal\/)?inspector|\/test\/load\//;
const mostListed = 10;

/** The most expensive first. Throws ZodError for what is not a profile. */
export function summarizeProfile(text: string): ProfileSummary {
  const { nodes, samples, timeDeltas } = profileSchema.parse(JSON.parse(text));
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  const callers = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id] as const)));
  const functions = new Map<string, number>();
  const parts = new Map<string, number>();
  for (const [place, id] of samples.entries()) {
    const frame = frames.get(id);
    if (frame === undefined || idle.has(frame.functionName) || ofTheProfile.test(frame.url)) continue;
    const time = timeDeltas[place] ?? 0;
    add(functions, nameOf(frame), time);
    add(parts, partOf(id, { frames, callers }), time);
  }
  return { functions: sharesOf(functions), parts: sharesOf(parts) };
}

/** The same, of a file. */
export function readProfile(file: string): ProfileSummary {
  return summarizeProfile(readFileSync(file, 'utf8'));
}

function add(times: Map<string, number>, what: string, time: number): void {
  times.set(what, (times.get(what) ?? 0) + time);
}

function sharesOf(times: ReadonlyMap<string, number>): Cost[] {
  const all = [...times.values()].reduce((sum, time) => sum + time, 0);
  return [...times]
    .sort(([, a], [, b]) => b - a)
    .slice(0, mostListed)
    .map(([what, time]) => ({ share: time / all, what }));
}

function nameOf({ functionName, url, lineNumber }: Frame): string {
  const name = functionName === '' ? 'a function without a name' : functionName;
  const file = url.replace(`file://${repositoryRoot.replace(/\/$/, '')}/`, '');
  return file === '' ? name : `${name} (${file}:${lineNumber + 1})`;
}

interface Tree {
  readonly frames: ReadonlyMap<number, Frame>;
  readonly callers: ReadonlyMap<number, number>;
}

/** The package, or the folder of src, of the nearest caller that has one. */
function partOf(id: number, { frames, callers }: Tree): string {
  for (let at: number | undefined = id; at !== undefined; at = callers.get(at)) {
    const frame = frames.get(at);
    const found = /\/node_modules\/((?:@[^/]+\/)?[^/]+)|\/(src\/[^/]+|sim-simulator)\//.exec(frame?.url ?? '');
    if (found !== null) return found[1] ?? found[2] ?? '';
    if (frame?.url.startsWith('wasm:')) return 'WebAssembly';
    if (frame?.functionName === '(garbage collector)') return 'garbage collection';
  }
  return 'Node itself (network, timers, promises)';
}
