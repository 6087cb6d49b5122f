// CPU time and memory of processes, as Linux tells them in /proc: of one process, of a PostgreSQL server with all its
// backends, of a Redis server.
import { readdirSync, readFileSync } from 'node:fs';
import type { Redis } from 'ioredis';
import type pg from 'pg';

/** Something whose CPU time is counted. */
export interface CpuMeter {
  /** How the report calls it. */
  readonly name: string;
  /** Milliseconds of CPU, user and system, since some moment in the past. */
  read(): Promise<number>;
}

// USER_HZ: /proc counts in hundredths of a second on every Linux, whatever the kernel's own clock does.
const msPerTick = 10;

interface ProcessTimes {
  readonly parent: number;
  /** Its own time. */
  readonly ownMs: number;
  /** Of children that have ended and were waited for. */
  readonly endedChildrenMs: number;
}

/** Reads a line of /proc/<pid>/stat; the name in it may contain spaces and brackets (proc(5)). */
export function parseStat(text: string): ProcessTimes {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const field = (number: number) => Number(fields[number - 3]);
  return {
    parent: field(4),
    ownMs: (field(14) + field(15)) * msPerTick,
    endedChildrenMs: (field(16) + field(17)) * msPerTick,
  };
}

function timesOf(pid: number): ProcessTimes | undefined {
  try {
    return parseStat(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    // It has ended; whoever asks knows whether that matters.
    return undefined;
  }
}

/** Throws, in words for people, where there is no /proc to read. */
export function insistOnProc(): void {
  if (timesOf(process.pid) === undefined) throw new Error('CPU times are read from /proc: this needs Linux');
}

/** One process with its threads. */
export function processMeter(name: string, pid: number): CpuMeter {
  return {
    name,
    async read() {
      const times = timesOf(pid);
      if (times === undefined) throw new Error(`${name} has ended`);
      return times.ownMs;
    },
  };
}

/** A PostgreSQL server that nobody else uses: its first process, all that it has started, and those that ended. */
export function serverMeter(name: string, pid: number): CpuMeter {
  return {
    name,
    async read() {
      const all = [pid, ...childrenOf(pid)].flatMap((one) => timesOf(one) ?? []);
      return all.reduce((sum, { ownMs, endedChildrenMs }) => sum + ownMs + endedChildrenMs, 0);
    },
  };
}

/** The processes that a process has started and that still run. */
export function childrenOf(pid: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((one) => timesOf(one)?.parent === pid);
}

/**
 * A database on a PostgreSQL server that others use too: its backends only, not what the server does on its own. One
 * that ended counts as far as it was seen. Undefined when the server is on another machine.
 */
export async function backendsMeter(name: string, pool: pg.Pool): Promise<CpuMeter | undefined> {
  const seen = new Map<number, number>();
  const look = async (): Promise<number> => {
    const { rows } = await pool.query<{ pid: number }>(
      'select pid from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
    );
    for (const { pid } of rows) {
      const times = isPostgres(pid) ? timesOf(pid) : undefined;
      if (times !== undefined) seen.set(pid, times.ownMs);
    }
    return [...seen.values()].reduce((sum, ms) => sum + ms, 0);
  };
  const { rows } = await pool.query<{ pid: number }>('select pg_backend_pid() as pid');
  return isPostgres(rows[0]?.pid ?? 0) ? { name, read: look } : undefined;
}

function isPostgres(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').startsWith('postgres');
  } catch {
    return false;
  }
}

/** A Redis server, wherever it is: it tells its own times. */
export function redisMeter(name: string, client: Redis): CpuMeter {
  return {
    name,
    async read() {
      const said = await client.info('cpu');
      const seconds = ['used_cpu_user', 'used_cpu_sys'].map((field) => Number(infoField(said, field)));
      return seconds.reduce((sum, one) => sum + one, 0) * 1_000;
    },
  };
}

function infoField(said: string, field: string): string | undefined {
  return said
    .split('\r\n')
    .find((line) => line.startsWith(`${field}:`))
    ?.slice(field.length + 1);
}

/** Megabytes of a process that lie in memory (RSS), shared ones too. */
export function residentMb(pid: number): number {
  const kib = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kib ?? 0) / 1_024;
}
