// The processes of docker/compose.yaml without containers: each service that runs this product or the TLS proxy, in the
// order of its conditions, with its own command and environment, from a copy of the image's files. Every service has a
// loopback address of its own, so that ports stay what they are. PostgreSQL and Redis are given from outside.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls from 'node:tls';
import { until } from './flow-until.ts';
import { appendLog } from './log-directory.ts';
import {
  type ComposeService,
  dockerFolder,
  interpolate,
  layImage,
  readCompose,
  readDockerfile,
  readVariables,
} from './platform-compose.ts';

export interface PlatformOptions {
  readonly databaseUrl: string;
  readonly redisUrl: string;
  /** In place of docker/world.json. */
  readonly world: object;
  /** Between the nodes and the SMSC, to be cut; it is led to the simulator here. */
  readonly relay: { readonly port: number; leadTo(port: number, host: string): void };
  /** On top of what compose.yaml says, for every process over the database. */
  readonly environment?: Readonly<Record<string, string>>;
}

export interface PlatformProcess {
  readonly name: string;
  readonly address: string;
  /** What it has printed since it was started. */
  readonly output: readonly string[];
  readonly isRunning: boolean;
  /** Sends the signal and waits for the end; gives the exit code, or null after a kill. */
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null>;
  /** Resolves with the exit code when it has ended. */
  ended(): Promise<number | null>;
  /** Sends a signal and waits for nothing. */
  signal(name: NodeJS.Signals): void;
  /** Starts it, again too, and waits until its health check says that it works. */
  start(): Promise<void>;
}

export interface Platform {
  /** As browsers see it, behind the proxy. */
  readonly issuer: string;
  readonly portalUrl: string;
  readonly simulatorUrl: string;
  readonly secrets: Readonly<Record<string, string>>;
  readonly processes: Readonly<Record<string, PlatformProcess>>;
  /** Names of all files in the place where the processes run: what is written there would fail in a container. */
  writtenFiles(): string[];
  /** `node src/cli.ts …` beside the nodes, as an operator calls it; throws with its words when it fails. */
  cli(...args: readonly string[]): Promise<string>;
  stop(): Promise<void>;
}

/** Whether the proxy of the trial is there; with REQUIRE_SERVICES=1 a missing one fails at the start. */
export const canRunProxy = spawnSync('caddy', ['version']).status === 0 || process.env['REQUIRE_SERVICES'] === '1';

const outside = ['postgres', 'valkey', 'prometheus', 'grafana'];
const portalPort = 3001;

interface Place {
  readonly folder: string;
  readonly app: string;
  readonly addresses: Readonly<Record<string, string>>;
  readonly variables: Record<string, string>;
  readonly options: PlatformOptions;
}

/** Starts everything and waits until all of it is ready; `stop` ends it and removes its files. */
export async function startPlatform(options: PlatformOptions): Promise<Platform> {
  const compose = readCompose();
  const names = Object.keys(compose.services).filter((name) => !outside.includes(name));
  const place = preparePlace(options, names);
  options.relay.leadTo(2775, place.addresses['simulator'] ?? '');
  const ca = readFileSync(join(place.folder, 'secrets', 'authority.pem'), 'utf8');
  const trusted = tls.getCACertificates('default');
  tls.setDefaultCACertificates([...trusted, ca]);
  const processes = Object.fromEntries(
    names.map((name) => [name, processOf(name, compose.services[name] as ComposeService, place)]),
  );
  const stop = async (): Promise<void> => {
    await Promise.all(Object.values(processes).map((one) => one.end('SIGTERM')));
    tls.setDefaultCACertificates(trusted);
    rmSync(place.folder, { recursive: true, force: true });
  };
  const laid = filesIn(place.app);
  try {
    await startInOrder(compose.services, processes);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    issuer: `https://${place.addresses['proxy']}:8443`,
    portalUrl: `https://${place.addresses['proxy']}:8444`,
    simulatorUrl: `http://${place.addresses['simulator']}:3002`,
    secrets: place.variables,
    processes,
    writtenFiles: () => filesIn(place.app).filter((file) => !laid.includes(file)),
    cli: (...args) => runCli(compose.services['set-up'] as ComposeService, place, args),
    stop,
  };
}

function preparePlace(options: PlatformOptions, names: readonly string[]): Place {
  const folder = mkdtempSync(join(tmpdir(), 'platform-'));
  // 127.16.0.0 to 127.255.255.0: one prefix for each process that tests, one address for each service.
  const prefix = `127.${16 + (process.pid % 240)}.${Math.trunc(process.pid / 240) % 256}`;
  const addresses = Object.fromEntries(names.map((name, index) => [name, `${prefix}.${index + 1}`]));
  const made = spawnSync(join(dockerFolder, 'make-secrets.sh'), [folder, addresses['proxy'] ?? ''], {
    encoding: 'utf8',
  });
  if (made.status !== 0) throw new Error(`no secrets: ${made.stderr}`);
  const app = join(folder, 'app');
  layImage(app);
  mkdirSync(join(folder, 'sims'), { mode: 0o700 });
  writeFileSync(join(folder, 'world.json'), JSON.stringify(options.world));
  return { folder, app, addresses, variables: readVariables(join(folder, '.env')), options };
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => !name.startsWith('node_modules'));
}

/** A service starts when what it depends on is healthy, or has ended well. */
async function startInOrder(
  services: Readonly<Record<string, ComposeService>>,
  processes: Readonly<Record<string, PlatformProcess>>,
): Promise<void> {
  const started = new Map<string, Promise<void>>();
  const start = (name: string): Promise<void> => {
    const known = started.get(name);
    if (known !== undefined) return known;
    const needed = Object.keys(services[name]?.depends_on ?? {}).filter((one) => !outside.includes(one));
    const begun = Promise.all(needed.map(start)).then(() => processes[name]?.start());
    started.set(name, begun);
    return begun;
  };
  await Promise.all(Object.keys(processes).map(start));
}

/** What stands in compose.yaml, said of this machine: names become addresses, mounted files are where they are. */
function translate(text: string, name: string, { folder, addresses, options }: Place): string {
  const own = addresses[name] ?? '127.0.0.1';
  let said = text
    .replaceAll(/\/run\/secrets\/(\w+)/g, (_, secret: string) => join(dockerSecret(folder, secret)))
    .replaceAll(/https:\/\/localhost:(8443|8444)/g, `https://${addresses['proxy']}:$1`)
    .replaceAll('http://localhost:3002', `http://${addresses['simulator']}:3002`)
    .replaceAll('0.0.0.0', own)
    // Whoever connects from loopback to loopback comes from here.
    .replaceAll('172.30.99.2', '127.0.0.1')
    .replaceAll('docker/world.json', join(folder, 'world.json'))
    .replaceAll('/etc/caddy/Caddyfile', join(dockerFolder, 'Caddyfile'))
    .replaceAll(/(?<![\w.])\/sims\b/g, join(folder, 'sims'));
  said = said.replace('@simulator:2775', `@127.0.0.1:${options.relay.port}`);
  for (const [other, address] of Object.entries(addresses)) {
    said = said.replaceAll(new RegExp(`(?<=^|[@/])${other}(?=:\\d)`, 'g'), address);
  }
  return said;
}

function dockerSecret(folder: string, secret: string): string {
  return join(folder, readCompose().secrets[secret]?.file ?? 'nowhere');
}

function environmentOf(name: string, service: ComposeService, place: Place): Record<string, string> {
  const { addresses, options, variables, folder } = place;
  const said = Object.entries(interpolate(service.environment ?? {}, variables)).map(
    ([key, value]) => [key, translate(value, name, place)] as const,
  );
  const isNode = said.some(([key]) => key === 'DATABASE_URL');
  const proxy = addresses['proxy'] ?? '';
  return {
    PATH: process.env['PATH'] ?? '',
    HOME: folder,
    NODE_COMPILE_CACHE: join(folder, 'compiled'),
    ...Object.fromEntries(said),
    ...(isNode && { DATABASE_URL: options.databaseUrl, REDIS_URL: options.redisUrl, ...options.environment }),
    // All nodes share one machine here, and this listener is on 127.0.0.1 wherever it is.
    ...(isNode && { ADMIN_PORT: '0' }),
    ...(name === 'proxy' && {
      ...{ SITE: proxy, LISTEN: proxy, HEALTH: proxy, PORTAL: `${addresses['portal']}:${portalPort}` },
      PROVIDERS: `${addresses['provider-1']}:3000 ${addresses['provider-2']}:3000`,
      TLS_CERTIFICATE: dockerSecret(folder, 'tls_certificate'),
      TLS_KEY: dockerSecret(folder, 'tls_key'),
    }),
  };
}

function commandOf(name: string, service: ComposeService, place: Place): [string, string[]] {
  const words = interpolate(service.command ?? [], place.variables).map((word) => translate(word, name, place));
  if (name === 'proxy') return [words[0] ?? '', words.slice(1)];
  // In the proxy's network place there; with an address of its own here.
  const more = name === 'portal' ? ['--host', place.addresses['portal'] ?? ''] : [];
  return [process.execPath, [...words, ...more]];
}

/** The address that the health check of the service, or else of the image, asks. */
function healthUrl(name: string, service: ComposeService, address: string): string | undefined {
  if (service.healthcheck?.disable === true) return undefined;
  const ofImage = readDockerfile().find(({ instruction }) => instruction === 'HEALTHCHECK')?.rest ?? '';
  const check = service.healthcheck?.test?.join(' ') ?? ofImage;
  const found = /http:\/\/127\.0\.0\.1(:\d+[\w/.-]*)/.exec(check)?.[1];
  if (found === undefined) throw new Error(`${name} has no health check`);
  return `http://${address}${found}`;
}

function processOf(name: string, service: ComposeService, place: Place): PlatformProcess {
  const address = place.addresses[name] ?? '';
  const health = healthUrl(name, service, address);
  const [command, args] = commandOf(name, service, place);
  const environment = environmentOf(name, service, place);
  const output: string[] = [];
  let child: ChildProcess | undefined;
  let ended: Promise<number | null> = Promise.resolve(0);
  const isRunning = () => child !== undefined && child.exitCode === null && child.signalCode === null;
  return {
    name,
    address,
    output,
    get isRunning() {
      return isRunning();
    },
    ended: () => ended,
    signal: (signal) => void child?.kill(signal),
    async end(signal) {
      if (isRunning()) child?.kill(signal);
      return await ended;
    },
    async start() {
      output.length = 0;
      const started = spawn(command, args, { cwd: place.app, env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
      child = started;
      ended = new Promise((resolve) => started.once('close', (code) => resolve(code)));
      for (const stream of [started.stdout, started.stderr])
        stream.on('data', (text: Buffer) => keep(name, text, output));
      if (health === undefined) {
        if ((await ended) !== 0) throw new Error(`${name} failed: ${output.join('')}`);
        return;
      }
      await until(
        `${name} is healthy`,
        async () => {
          if (!isRunning()) throw new Error(`${name} ended: ${output.slice(-5).join('')}`);
          return await fetch(health).then(
            (answer) => answer.ok,
            () => false,
          );
        },
        90,
      );
    },
  };
}

function keep(name: string, text: Buffer, output: string[]): void {
  appendLog(`platform-${name}`, text);
  output.push(text.toString());
}

async function runCli(service: ComposeService, place: Place, args: readonly string[]): Promise<string> {
  const env = environmentOf('set-up', service, place);
  const child = spawn(process.execPath, ['src/cli.ts', ...args], {
    cwd: place.app,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text: Buffer) => said.push(text.toString()));
  const code = await new Promise((resolve) => child.once('close', resolve));
  if (code !== 0) throw new Error(`cli ${args.join(' ')}: ${said.join('')}`);
  return said.join('');
}
