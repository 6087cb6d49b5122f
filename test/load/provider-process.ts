// The product in a process of its own, configured by the environment, with the customers of the benchmark. Writes a
// CPU profile of what it does between two words of its parent.
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { Session } from 'node:inspector/promises';
import { startApp } from '../../src/app.ts';
import { prepareSandbox } from '../../src/demo/sandbox.ts';
import { loadConfig } from '../../src/ops/config.ts';
import { createLog } from '../../src/ops/log.ts';
import { benchCustomers, benchNumbers } from './bench-world.ts';
import { serveParent } from './parent-talk.ts';

const { BENCH_EXPORT: exportFile = '', BENCH_APPROVING = '0', BENCH_WAITING = '0' } = process.env;
const approving = Number(BENCH_APPROVING);
const selfAnswering = [
  ...benchCustomers(benchNumbers(approving), 'approves'),
  ...benchCustomers(benchNumbers(Number(BENCH_WAITING), approving), 'waits'),
];
const config = loadConfig(process.env, 'demo');
const places = { exportFile, portalUrl: 'http://localhost:1', selfAnswering };
const nothing = async () => ({});
const app = await startApp({
  config,
  masterKey: { current: randomBytes(32) },
  adminToken: randomBytes(24).toString('base64url'),
  log: createLog(config.provider.logLevel),
  now: () => new Date(),
  random: Math.random,
  randomBytes,
  sandbox: { links: {}, prepare: (parts) => prepareSandbox(parts, places), reset: async () => {}, world: nothing },
});

const session = new Session();
const samplingMicroseconds = 200;

serveParent({
  ready: { origin: app.issuer, opsUrl: app.opsUrl },
  async answer(question, about) {
    if (question === 'profile') {
      session.connect();
      await session.post('Profiler.enable');
      await session.post('Profiler.setSamplingInterval', { interval: samplingMicroseconds });
      await session.post('Profiler.start');
    } else if (question === 'write profile') {
      const { profile } = await session.post('Profiler.stop');
      session.disconnect();
      writeFileSync(about, JSON.stringify(profile));
    } else throw new Error(`unknown question ${question}`);
  },
  stop: () => app.stop(),
});
