// Which real services this run can use: PostgreSQL and Redis by address, Chromium and Apache by their paths.
// With REQUIRE_SERVICES=1 a missing one stops the run before its first test.
import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { compileCache } from './compile-cache.ts';
import { openLogDirectory } from './log-directory.ts';

type Environment = Readonly<Record<string, string | undefined>>;

export interface ServiceState {
  readonly name: 'PostgreSQL' | 'Redis' | 'Chromium' | 'Apache' | 'Poppler';
  readonly found: boolean;
  /** How to give it to the tests. */
  readonly hint: string;
}

const chromiumPaths = ['chromium', 'chromium-browser', 'google-chrome'].map((name) => `/usr/bin/${name}`);

/** The browser for tests: CHROMIUM_PATH, or where distributions put it; undefined when there is none. */
export function chromiumPath(given: Environment = process.env): string | undefined {
  return [given['CHROMIUM_PATH'], ...chromiumPaths].find((path) => path && existsSync(path));
}

const apacheProgram = '/usr/sbin/apache2';
const apacheModules = '/usr/lib/apache2/modules';

/** Apache and where its modules are: APACHE_PATH, APACHE_MODULES, or Debian's; undefined without mod_auth_openidc. */
export function apachePaths(given: Environment = process.env): { program: string; modules: string } | undefined {
  const program = given['APACHE_PATH'] ?? apacheProgram;
  const modules = given['APACHE_MODULES'] ?? apacheModules;
  const isThere = existsSync(program) && existsSync(join(modules, 'mod_auth_openidc.so'));
  return isThere ? { program, modules } : undefined;
}

const popplerPaths = ['/usr/bin/pdftotext', '/usr/local/bin/pdftotext'];

/** Poppler's reader of PDF files, where distributions put it; undefined when there is none. */
export function popplerPath(): string | undefined {
  return popplerPaths.find((path) => existsSync(path));
}

/** Looks for each service; one that is named and does not answer counts as missing. */
export async function findServices(given: Environment = process.env): Promise<ServiceState[]> {
  const [postgres, redis] = await Promise.all([
    answers(given['TEST_DATABASE_URL'], 5432),
    answers(given['TEST_REDIS_URL'], 6379),
  ]);
  return [
    { name: 'PostgreSQL', found: postgres, hint: 'set TEST_DATABASE_URL' },
    { name: 'Redis', found: redis, hint: 'set TEST_REDIS_URL' },
    { name: 'Chromium', found: chromiumPath(given) !== undefined, hint: 'install chromium or set CHROMIUM_PATH' },
    { name: 'Apache', found: apachePaths(given) !== undefined, hint: 'install libapache2-mod-auth-openidc' },
    { name: 'Poppler', found: popplerPath() !== undefined, hint: 'install poppler-utils' },
  ];
}

/** One line for the end of a run. */
export function describeServices(services: readonly ServiceState[]): string {
  const words = services.map(({ name, found, hint }) => `${name} ${found ? 'used' : `not found (${hint})`}`);
  return `Services: ${words.join(', ')}`;
}

function answers(url: string | undefined, defaultPort: number): Promise<boolean> {
  if (url === undefined || !URL.canParse(url)) return Promise.resolve(false);
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const socket = connect({ host: hostname, port: Number(port || defaultPort), timeout: 3_000 });
    const end = (found: boolean) => {
      socket.destroy();
      resolve(found);
    };
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
    socket.once('timeout', () => end(false));
  });
}

/** Called by vitest once, before all tests; what comes back, after them. Throws when a required service is missing. */
export default async function setup(): Promise<() => Promise<void>> {
  openLogDirectory();
  // Before the workers start: they have it too, and so have the programs that they start with their own environment.
  Object.assign(process.env, compileCache);
  const services = await findServices();
  refuseMissing(services);
  const server = process.env['TEST_DATABASE_URL'];
  const isThere = services.some(({ name, found }) => name === 'PostgreSQL' && found);
  if (server === undefined || !isThere) return async () => {};
  const { openTemplate } = await import('./databases.ts');
  return (await openTemplate(server)).drop;
}

function refuseMissing(services: readonly ServiceState[]): void {
  const missing = services.filter(({ found }) => !found);
  if (process.env['REQUIRE_SERVICES'] !== '1' || missing.length === 0) return;
  const words = missing.map(({ name, hint }) => `${name} (${hint})`);
  throw new Error(`REQUIRE_SERVICES=1, and these were not found: ${words.join(', ')}`);
}
