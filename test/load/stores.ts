// The stores that the benchmark runs on: PGlite inside the provider, PostgreSQL, or PostgreSQL with Redis. A server that
// TEST_DATABASE_URL or TEST_REDIS_URL names is used; else one is started from the programs of the distribution.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import pg from 'pg';
import { createEmptyDatabase } from '../support/databases.ts';
import { until } from '../support/flow-until.ts';
import { freePorts } from '../support/free-ports.ts';
import { backendsMeter, type CpuMeter, redisMeter, serverMeter } from './cpu-time.ts';
import { countingSettings, countStatements, type StatementCounter } from './statements.ts';

export const storeNames = ['pglite', 'postgres', 'redis'] as const;
export type StoreName = (typeof storeNames)[number];

export interface BenchStore {
  readonly name: StoreName;
  /** For the provider. */
  readonly environment: Readonly<Record<string, string>>;
  /** For the library on the same store. */
  readonly libraryAddress: string;
  readonly meters: readonly CpuMeter[];
  /** Where the server could be asked to count its statements. */
  readonly statements?: StatementCounter | undefined;
  /** What is not counted, in words. */
  readonly remarks: readonly string[];
  close(): Promise<void>;
}

/**
 * Opens it; with `counting` a server that is started here counts its statements. Throws, in words for people, when a
 * server is neither named nor found.
 */
export async function openStore(name: StoreName, { counting = false } = {}): Promise<BenchStore> {
  if (name === 'pglite') {
    const remark = 'PGlite runs inside the provider: its time is the provider’s';
    const environment = { DATABASE_URL: 'memory:' };
    return { name, environment, libraryAddress: name, meters: [], remarks: [remark], close: async () => {} };
  }
  const closers: (() => Promise<unknown> | unknown)[] = [];
  const close = async (): Promise<void> => {
    for (const one of closers.splice(0).reverse()) await one();
  };
  try {
    const postgres = await openPostgres(closers, counting);
    const environment = { DATABASE_URL: postgres.url };
    if (name === 'postgres') return { name, environment, libraryAddress: postgres.url, ...postgres, close };
    const redis = await openRedis(closers);
    return {
      name,
      environment: { ...environment, REDIS_URL: redis.url },
      libraryAddress: redis.url,
      statements: postgres.statements,
      meters: [...postgres.meters, redis.meter],
      remarks: [...postgres.remarks, ...redis.remarks],
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

type Closers = (() => Promise<unknown> | unknown)[];

type Postgres = Pick<BenchStore, 'meters' | 'remarks' | 'statements'> & { readonly url: string };

async function openPostgres(closers: Closers, counting: boolean): Promise<Postgres> {
  const named = process.env['TEST_DATABASE_URL'];
  const own = named === undefined ? await startPostgres(closers, counting) : undefined;
  const { url, drop } = await createEmptyDatabase(named ?? own?.url ?? '');
  closers.push(drop);
  const pool = new pg.Pool({ connectionString: url, max: 1 });
  pool.on('error', () => {});
  closers.push(() => pool.end());
  if (own !== undefined) {
    const statements = counting ? await countStatements(pool) : undefined;
    return { url, meters: [serverMeter('PostgreSQL', own.pid)], remarks: [], statements };
  }
  const meter = await backendsMeter('PostgreSQL', pool);
  const remark =
    meter === undefined
      ? 'PostgreSQL is on another machine: its time is not counted'
      : 'PostgreSQL: the backends of this database only, not the server’s own processes';
  return { url, meters: meter === undefined ? [] : [meter], remarks: [remark] };
}

async function startPostgres(closers: Closers, counting: boolean): Promise<{ url: string; pid: number }> {
  const programs = postgresPrograms();
  if (programs === undefined) {
    throw new Error('No PostgreSQL: name one by TEST_DATABASE_URL, or install the package postgresql.');
  }
  const directory = mkdtempSync(join(tmpdir(), 'bench-postgres-'));
  const owner = ownerOfServers();
  chownSync(directory, owner.uid, owner.gid);
  closers.push(() => rmSync(directory, { recursive: true, force: true }));
  const data = join(directory, 'data');
  const made = spawnSync(join(programs, 'initdb'), ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8'], owner);
  if (made.status !== 0) throw new Error(`initdb failed: ${made.stderr}`);
  const [port = 0] = await freePorts(1);
  const flags = ['-D', data, '-p', String(port), '-k', directory, '-c', 'listen_addresses=127.0.0.1'];
  const more = Object.entries(counting ? countingSettings : {}).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const server = spawn(join(programs, 'postgres'), [...flags, ...more], { ...owner, stdio: 'ignore' });
  closers.push(() => endProcess(server, 'SIGINT'));
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
  await until('PostgreSQL is ready', () => isPostgresReady(url), 20);
  return { url, pid: server.pid ?? 0 };
}

function postgresPrograms(): string | undefined {
  const root = '/usr/lib/postgresql';
  const versions = existsSync(root) ? readdirSync(root).sort((a, b) => Number(b) - Number(a)) : [];
  return versions.map((version) => join(root, version, 'bin')).find((path) => existsSync(join(path, 'initdb')));
}

/** PostgreSQL refuses to run as root; its package has made a user for it. */
function ownerOfServers(): { uid: number; gid: number } {
  const [uid = 0, gid = 0] = [process.getuid?.(), process.getgid?.()];
  const line = readFileSync('/etc/passwd', 'utf8').match(/^postgres:[^:]*:(\d+):(\d+):/m);
  return uid === 0 && line !== null ? { uid: Number(line[1]), gid: Number(line[2]) } : { uid, gid };
}

async function isPostgresReady(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url });
  try {
    await client.connect();
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => {});
  }
}

async function openRedis(closers: Closers): Promise<{ url: string; meter: CpuMeter; remarks: string[] }> {
  const named = process.env['TEST_REDIS_URL'];
  const url = named ?? (await startRedis(closers));
  const client = new Redis(url, { lazyConnect: true });
  client.on('error', () => {});
  await client.connect();
  closers.push(() => client.disconnect());
  const remarks = named === undefined ? [] : ['Redis: whatever others ask of this server at the same time counts too'];
  return { url, meter: redisMeter('Redis', client), remarks };
}

async function startRedis(closers: Closers): Promise<string> {
  const program = ['redis-server', 'valkey-server'].find((one) => spawnSync(one, ['--version']).status === 0);
  if (program === undefined) {
    throw new Error('No Redis: name one by TEST_REDIS_URL, or install the package redis-server or valkey-server.');
  }
  const [port = 0] = await freePorts(1);
  const flags = ['--bind', '127.0.0.1', '--port', String(port), '--save', '', '--appendonly', 'no', '--dir', tmpdir()];
  const server = spawn(program, flags, { stdio: 'ignore' });
  closers.push(() => endProcess(server, 'SIGTERM'));
  const url = `redis://127.0.0.1:${port}`;
  await until('Redis is ready', () => isRedisReady(url), 20);
  return url;
}

async function isRedisReady(url: string): Promise<boolean> {
  const client = new Redis(url, { lazyConnect: true, retryStrategy: null });
  client.on('error', () => {});
  try {
    await client.connect();
    return (await client.ping()) === 'PONG';
  } catch {
    return false;
  } finally {
    client.disconnect();
  }
}

async function endProcess(child: ChildProcess, signal: 'SIGINT' | 'SIGTERM'): Promise<void> {
  if (child.exitCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill(signal);
  await ended;
}
