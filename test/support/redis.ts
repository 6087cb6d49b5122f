// Redis for tests: the one that TEST_REDIS_URL names, under a prefix of each test's own; and servers of a test's own,
// on free ports, to be killed, stopped and started again. Valkey does as well.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RedisAddress, readRedisAddress } from '../../src/ops/redis-address.ts';
import { openRedis, type Redis, type RedisOptions } from '../../src/storage/redis.ts';
import { until } from './flow-until.ts';
import { freePorts } from './free-ports.ts';

/** The address of a Redis server for tests, if there is one. */
export const redisUrl = process.env['TEST_REDIS_URL'];

const program = ['redis-server', 'valkey-server'].find((name) => spawnSync(name, ['--version']).status === 0);

/** Whether this run can start servers of its own; with REQUIRE_SERVICES=1 a missing program fails there. */
export const canStartRedis =
  redisUrl !== undefined && (program !== undefined || process.env['REQUIRE_SERVICES'] === '1');

/** Reads an address that must be one. */
export function redisAddress(url: string): RedisAddress {
  const address = readRedisAddress(url);
  if (address === undefined) throw new Error('not an address of Redis');
  return address;
}

/** Opens the server of TEST_REDIS_URL; nobody else sees what is written. */
export async function openTestRedis(options: RedisOptions = {}): Promise<Redis> {
  return await openRedis(redisAddress(redisUrl!), { prefix: `test-${randomBytes(6).toString('hex')}`, ...options });
}

/** Every key that was written by this opener. */
export async function keysOf({ client, prefix }: Redis): Promise<string[]> {
  return await client.keys(`${prefix}:*`);
}

export interface RedisServer {
  readonly url: string;
  /** SIGKILL: nothing is saved. */
  kill(): Promise<void>;
  /** Starts it again on the same port, with what is on its disk. */
  start(): Promise<void>;
  /** It keeps its connections and answers nothing. */
  freeze(): void;
  thaw(): void;
  stop(): Promise<void>;
}

/** Starts a server of the test's own; `settings` as on its command line. Nothing is saved unless they say so. */
export async function startRedisServer(settings: readonly string[] = []): Promise<RedisServer> {
  const directory = mkdtempSync(join(tmpdir(), 'test-redis-'));
  const [port = 0] = await freePorts(1);
  const usual = ['--bind', '127.0.0.1', '--port', String(port), '--dir', directory, '--save', '', '--appendonly', 'no'];
  let child: ChildProcess | undefined;
  const start = async (): Promise<void> => {
    const started = spawn(program ?? 'redis-server', [...usual, ...settings], { stdio: ['ignore', 'pipe', 'inherit'] });
    child = started;
    let said = '';
    started.stdout?.on('data', (text: Buffer) => {
      said += text.toString();
    });
    await until('the Redis server is ready', () => {
      if (started.exitCode !== null) throw new Error(`the Redis server did not start: ${said}`);
      return /Ready to accept connections/.test(said);
    });
  };
  const kill = async (): Promise<void> => {
    const killed = child;
    child = undefined;
    if (killed === undefined || killed.exitCode !== null) return;
    const ended = new Promise((resolve) => killed.once('exit', resolve));
    killed.kill('SIGKILL');
    await ended;
  };
  await start();
  return {
    url: `redis://127.0.0.1:${port}`,
    kill,
    start,
    freeze: () => void child?.kill('SIGSTOP'),
    thaw: () => void child?.kill('SIGCONT'),
    async stop() {
      await kill();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
