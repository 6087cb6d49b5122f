// The memory of all cards in one file that survives kill -9: written whole beside the old one, then renamed over it.
// Many commits that come together cost one write. Holds PINs and signing keys, hence mode 0600.

import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { type CardState, cardStateSchema } from './card-state.ts';

const FORMAT = 'mid-sim-state/1';
const fileSchema = z.object({ format: z.literal(FORMAT), sims: z.record(z.string(), cardStateSchema) });

export interface StateFile {
  /** Resolves when this state of this card is on disk; rejects with the system's error when it cannot be. */
  commit(iccid: string, state: CardState): Promise<void>;
  /** Resolves when nothing waits to be written any more. */
  settled(): Promise<void>;
}

/**
 * Reads the file (missing: empty). Throws an Error when it is not a state file of this version: counters are never
 * thrown away silently.
 */
export async function readStateFile(path: string): Promise<Map<string, CardState>> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') {
      return undefined;
    }
    throw error;
  });
  if (text === undefined) {
    return new Map();
  }
  const parsed = fileSchema.safeParse(readJson(text));
  if (!parsed.success) {
    throw new Error(`The state file ${path} is damaged or of another version; --fresh starts without it`);
  }
  return new Map(Object.entries(parsed.data.sims));
}

/** Opens the file for writing, with the states it is to hold from the first write on. */
export function createStateFile(path: string, initial: ReadonlyMap<string, CardState>): StateFile {
  const lines = new Map([...initial].map(([iccid, state]) => [iccid, JSON.stringify(state)]));
  let waiting: { resolve: () => void; reject: (error: unknown) => void }[] = [];
  let running: Promise<void> | undefined;

  async function writeUntilQuiet(): Promise<void> {
    // Commits of the same turn join this write.
    await new Promise((resolve) => setImmediate(resolve));
    while (waiting.length > 0) {
      const batch = waiting;
      waiting = [];
      try {
        await writeWhole(path, contentOf(lines));
        batch.forEach(({ resolve }) => {
          resolve();
        });
      } catch (error) {
        batch.forEach(({ reject }) => {
          reject(error);
        });
      }
    }
    running = undefined;
  }

  return {
    commit(iccid, state) {
      // Taken down now: later changes belong to later commits.
      lines.set(iccid, JSON.stringify(state));
      return new Promise((resolve, reject) => {
        waiting.push({ resolve, reject });
        running ??= writeUntilQuiet();
      });
    },
    async settled() {
      await running;
    },
  };
}

function contentOf(lines: ReadonlyMap<string, string>): string {
  const sims = [...lines].map(([iccid, state]) => `"${iccid}":${state}`);
  return `{"format":"${FORMAT}","sims":{\n${sims.join(',\n')}\n}}\n`;
}

async function writeWhole(path: string, content: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const temporary = `${path}.new`;
  const file = await open(temporary, 'w', 0o600);
  try {
    await file.chmod(0o600);
    await file.writeFile(content);
    await file.datasync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
