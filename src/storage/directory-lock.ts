// An embedded database has one owner: a lock file in its directory names the process (decisions 30).
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

export class DirectoryInUseError extends Error {
  override readonly name = 'DirectoryInUseError';
  constructor(directory: string, pid: number) {
    super(`the data directory ${directory} is in use by process ${pid}; stop it first, or name another DATABASE_URL`);
  }
}

/** Takes the directory for this process; the lock of a dead owner is taken over. Throws DirectoryInUseError. */
export function lockDirectory(directory: string): () => void {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const file = join(directory, 'owner.lock');
  const mine = `${file}.${process.pid}`;
  writeFileSync(mine, JSON.stringify({ pid: process.pid, started: startOf(process.pid) }), { mode: 0o600 });
  try {
    for (let round = 0; round < 3; round++) {
      if (tryLink(mine, file)) return () => rmSync(file, { force: true });
      const owner = findOwner(directory);
      if (owner !== undefined) throw new DirectoryInUseError(directory, owner);
      rmSync(file, { force: true });
    }
    throw new Error(`cannot take the lock file ${file}`);
  } finally {
    rmSync(mine, { force: true });
  }
}

/** The living process that owns the directory, if there is one. */
export function findOwner(directory: string): number | undefined {
  const owner = readOwner(join(directory, 'owner.lock'));
  return owner !== undefined && isAlive(owner.pid) && owner.started === startOf(owner.pid) ? owner.pid : undefined;
}

// link() fails if the name exists, and the file is whole from its first moment: a crash leaves no empty lock.
function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch {
    return false;
  }
}

const ownerSchema = z.object({ pid: z.int().positive(), started: z.string() });

function readOwner(file: string): z.infer<typeof ownerSchema> | undefined {
  try {
    return ownerSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return undefined;
  }
}

// A process id alone is not enough: in a container the next process has the same one (often 1) as the dead one.
// Where /proc tells the start time it is compared too; elsewhere this is the same empty word for all.
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')')).split(' ')[20] ?? '';
  } catch {
    return '';
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives and belongs to somebody else.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
