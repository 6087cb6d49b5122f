// Reads a CPU profile as Node writes it, and says which functions took most time themselves.
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { repositoryRoot } from '../support/source-files.ts';

const profileSchema = z.object({
  nodes: z.array(
    z.object({
      id: z.number(),
      callFrame: z.object({ functionName: z.string(), url: z.string(), lineNumber: z.number() }),
    }),
  ),
  samples: z.array(z.number()),
  timeDeltas: z.array(z.number()),
});

export interface CostlyFunction {
  /** Part of the time in which the processor was busy, 0 to 1. */
  readonly share: number;
  readonly what: string;
}

// Nothing is done in these, or the profile itself is begun and ended; `(program)` is native code without a name: the
// system, the network, cryptography.
const idle = new Set(['(idle)', '(root)']);
const ofTheProfile = /^node:(internal\/)?inspector|\/test\/load\//;

/** The most expensive first. Throws ZodError for what is not a profile. */
export function costliestFunctions(text: string, count: number): CostlyFunction[] {
  const { nodes, samples, timeDeltas } = profileSchema.parse(JSON.parse(text));
  const names = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  const times = new Map<string, number>();
  let busy = 0;
  for (const [place, id] of samples.entries()) {
    const frame = names.get(id);
    const time = timeDeltas[place] ?? 0;
    if (frame === undefined || idle.has(frame.functionName) || ofTheProfile.test(frame.url)) continue;
    busy += time;
    const what = nameOf(frame);
    times.set(what, (times.get(what) ?? 0) + time);
  }
  return [...times]
    .sort(([, a], [, b]) => b - a)
    .slice(0, count)
    .map(([what, time]) => ({ share: time / busy, what }));
}

/** The same, of a file. */
export function readProfile(file: string, count: number): CostlyFunction[] {
  return costliestFunctions(readFileSync(file, 'utf8'), count);
}

function nameOf({ functionName, url, lineNumber }: { functionName: string; url: string; lineNumber: number }): string {
  const name = functionName === '' ? 'a function without a name' : functionName;
  const file = url.replace(`file://${repositoryRoot.replace(/\/$/, '')}/`, '');
  return file === '' ? name : `${name} (${file}:${lineNumber + 1})`;
}
