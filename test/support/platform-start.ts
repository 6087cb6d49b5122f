// Starts the processes of docker/compose.yaml without containers, for looking at them, until a signal comes:
// TEST_DATABASE_URL=postgres://… node test/support/platform-start.ts
import { startPlatformWorld } from './platform-world.ts';

const world = await startPlatformWorld({});
const { portalUrl, simulatorUrl, processes, secrets } = world.platform;
const places = {
  issuer: world.issuer,
  portal: portalUrl,
  phones: `${simulatorUrl}/ (token ${secrets['SIM_TOKEN']})`,
  ...Object.fromEntries(
    ['provider-1', 'provider-2', 'worker'].map((name) => [name, `http://${processes[name]?.address}:3003/metrics`]),
  ),
};
for (const [name, place] of Object.entries(places)) process.stdout.write(`${name.padEnd(12)}${place}\n`);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void world.stop());
