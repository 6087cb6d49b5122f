// Environment -> frozen, typed Config; every mistake is reported at once, by name and expected form, never by value.
// The only reader of `process.env` in the provider.
import { readFileSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import type { Brands } from './brands.ts';
import { resolveBrands } from './config-brands.ts';
import { diagnosticSections } from './config-diagnostics.ts';
import { limitSections } from './config-limits.ts';
import { mailboxSections } from './config-mailboxes.ts';
import { mutualTlsSection } from './config-mutual-tls.ts';
import { operatorSections } from './config-operator.ts';
import { paymentSections, sandboxPaymentSecret } from './config-payments.ts';
import { ruleSections } from './config-rules.ts';
import { selfCareSections } from './config-self-care.ts';
import { serviceSections } from './config-service.ts';
import { simOrderSections } from './config-sim-orders.ts';
import { type Environment, isLoopbackHost, type Mode, type Variable } from './config-values.ts';
import { placeSections, retentionSection } from './config-variables.ts';

/** The table that configuration and documentation are made from. */
export const configSections = {
  ...placeSections,
  ...ruleSections,
  ...operatorSections,
  ...serviceSections,
  ...selfCareSections,
  ...mailboxSections,
  ...paymentSections,
  ...diagnosticSections,
  ...limitSections,
  ...mutualTlsSection,
  ...simOrderSections,
  ...retentionSection,
};

type Sections = typeof configSections;
type ValueOf<V> = V extends Variable<infer T> ? T : never;

/** All settings, by section; frozen. */
export type Config = {
  readonly [S in keyof Sections]: { readonly [K in keyof Sections[S]]: ValueOf<Sections[S][K]> };
} & { readonly brands: Brands };

export interface ConfigMistake {
  readonly variable: string;
  /** What the variable must be; never the value that it has. */
  readonly expected: string;
}

/** Thrown once for all mistakes; a command ends with exit code 78 (EX_CONFIG of sysexits). */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly mistakes: readonly ConfigMistake[];

  constructor(mistakes: readonly ConfigMistake[]) {
    const lines = mistakes.map(({ variable, expected }) => `  ${variable}: ${expected}`);
    super(`the configuration has ${mistakes.length} mistake(s):\n${lines.join('\n')}`);
    this.mistakes = mistakes;
  }
}

/** The variables that this process was started with. */
export function environment(): Environment {
  return process.env;
}

/**
 * Reads and checks all settings for a mode: `demo` has a default for everything, `serve` insists on what production
 * needs, `tool` is the command line beside either. An empty variable counts as missing. Throws ConfigError.
 */
export function loadConfig(given: Environment, mode: Mode, readFile: (path: string) => string = readText): Config {
  const mistakes: ConfigMistake[] = [];
  const sections = Object.entries(configSections).map(([name, section]) => {
    const values = Object.entries(section).map(([key, one]) => [key, readOne(one, { given, mode, mistakes })]);
    return [name, Object.fromEntries(values)];
  });
  // The table above gives each key its type; Object.fromEntries forgets it.
  const read = Object.fromEntries(sections) as Omit<Config, 'brands'>;
  const { brands, numbers, mistakes: ofBrands } = resolveBrands(read, (path) => textOf(path, readFile));
  mistakes.push(...ofBrands);
  const operators = { ...read.operators, plan: numbers };
  const config = withKeyFile({ ...read, operators, brands }, { mistakes, readFile });
  mistakes.push(...brokenRules(config, mode, mistakes));
  if (mistakes.length > 0) throw new ConfigError(mistakes);
  for (const section of Object.values(config)) Object.freeze(section);
  return Object.freeze(config);
}

interface Reading {
  readonly given: Environment;
  readonly mode: Mode;
  readonly mistakes: ConfigMistake[];
}

function readOne(one: Variable<unknown>, { given, mode, mistakes }: Reading): unknown {
  const fallback = typeof one.fallback === 'function' ? one.fallback(mode, given) : one.fallback;
  const text = given[one.name] || fallback;
  if (text === undefined) {
    if (one.required.includes(mode)) mistakes.push({ variable: one.name, expected: `needed: ${one.expected}` });
    return undefined;
  }
  const result = one.schema.safeParse(text);
  if (result.success) return result.data;
  mistakes.push({ variable: one.name, expected: `must be ${one.expected}` });
  return undefined;
}

function readText(path: string): string {
  return readFileSync(path, 'utf8');
}

interface KeyReading {
  readonly mistakes: ConfigMistake[];
  readonly readFile: (path: string) => string;
}

function withKeyFile(config: Config, { mistakes, readFile }: KeyReading): Config {
  const { masterKey, masterKeyFile } = config.storage;
  if (masterKeyFile === undefined) return config;
  const mistake = (expected: string): Config => {
    mistakes.push({ variable: 'MASTER_KEY_FILE', expected });
    return config;
  };
  if (masterKey !== undefined) return mistake('must not be set beside MASTER_KEY');
  const read = configSections.storage.masterKey.schema.safeParse(textOf(masterKeyFile, readFile));
  if (!read.success) return mistake('must be a readable file that holds 32 octets in base64');
  return { ...config, storage: { ...config.storage, masterKey: read.data } };
}

function textOf(path: string, readFile: (path: string) => string): string {
  try {
    return readFile(path).trim();
  } catch {
    return '';
  }
}

/** A rule over several variables, or over one in one mode; not asked while a variable that it reads has a mistake. */
interface Rule {
  readonly modes?: readonly Mode[];
  readonly reads: readonly [blamed: string, ...others: string[]];
  readonly expected: string;
  broken(config: Config): boolean;
}

const rules: readonly Rule[] = [
  {
    reads: ['ISSUER'],
    expected: 'must be https, because it is not this machine',
    broken: ({ provider }) => provider.issuer.startsWith('http:') && !isLocal(provider.issuer),
  },
  {
    reads: ['SANDBOX', 'ISSUER'],
    expected: 'must be false, because the issuer is not this machine',
    broken: ({ provider }) => provider.sandbox && !isLocal(provider.issuer),
  },
  {
    reads: ['SMSC_URL', 'SMSC_PLAINTEXT'],
    expected: 'must be smpps:// to another machine; SMSC_PLAINTEXT=vpn says that the way there is encrypted',
    broken: ({ smsc }) => !smsc.address.tls && !isLoopbackHost(smsc.address.host) && smsc.plaintext !== 'vpn',
  },
  {
    reads: ['MTLS_CERTIFICATE_HEADER', 'TRUSTED_PROXIES'],
    expected: 'needs TRUSTED_PROXIES: the header is believed of nobody else',
    broken: ({ mutualTls, listeners }) =>
      mutualTls.certificateHeader !== undefined && listeners.trustedProxies.length === 0,
  },
  {
    reads: ['MTLS_CERTIFICATE_HEADER', 'MTLS_VERIFIED_HEADER', 'MTLS_URL'],
    expected: 'needed by MTLS_VERIFIED_HEADER and MTLS_URL',
    broken: ({ mutualTls: { certificateHeader, verifiedHeader, url } }) =>
      certificateHeader === undefined && (verifiedHeader !== undefined || url !== undefined),
  },
  {
    reads: ['SMSC_CA_FILE'],
    expected: 'must be the path of a readable PEM file with a certificate',
    broken: ({ smsc }) =>
      smsc.authorityFile !== undefined && !textOf(smsc.authorityFile, readText).includes('BEGIN CERTIFICATE'),
  },
  {
    reads: ['LEAST_LIFE_SECONDS', 'ATTEMPT_TTL_SECONDS'],
    expected: 'must be less than ATTEMPT_TTL_SECONDS, or nothing is ever sent',
    broken: ({ attempts }) => attempts.leastLifeSeconds >= attempts.ttlSeconds,
  },
  {
    reads: ['PAYMENT_PROVIDER_URL'],
    expected: 'must be https, because it is not this machine',
    broken: ({ payments: { providerUrl: url } }) => url?.protocol === 'http:' && !isLoopbackHost(url.hostname),
  },
  {
    reads: ['PAYMENT_PROVIDER_SECRET', 'PAYMENT_PROVIDER_URL'],
    expected: 'needed by PAYMENT_PROVIDER_URL: 32 to 200 characters',
    broken: ({ payments }) => payments.providerUrl !== undefined && payments.providerSecret === undefined,
  },
  {
    modes: ['serve'],
    reads: ['PAYMENT_PROVIDER_SECRET'],
    expected: 'must not be the sandbox’s, which everybody knows: anyone could say that a bill is paid',
    broken: ({ payments }) => payments.providerSecret === sandboxPaymentSecret,
  },
  {
    modes: ['serve'],
    reads: ['MASTER_KEY', 'MASTER_KEY_FILE'],
    expected: 'needed, or MASTER_KEY_FILE: 32 octets in base64 (44 characters)',
    broken: ({ storage }) => storage.masterKey === undefined,
  },
  {
    modes: ['serve'],
    reads: ['MASTER_KEY_FILE', 'DATABASE_URL'],
    expected: 'must not be in the data directory, where a backup would carry key and data together',
    broken: (config) =>
      config.storage.masterKeyFile !== undefined && isInside(config.storage.masterKeyFile, dataDirectoryOf(config)),
  },
  {
    modes: ['serve'],
    reads: ['ADMIN_TOKEN'],
    expected: 'must be 32 characters or more',
    broken: ({ storage }) => storage.adminToken !== undefined && storage.adminToken.length < 32,
  },
];

function brokenRules(config: Config, mode: Mode, mistakes: readonly ConfigMistake[]): ConfigMistake[] {
  const unread = new Set(mistakes.map(({ variable }) => variable));
  return rules
    .filter(({ modes }) => modes === undefined || modes.includes(mode))
    .filter(({ reads }) => !reads.some((name) => unread.has(name)))
    .filter((rule) => rule.broken(config))
    .map(({ reads, expected }) => ({ variable: reads[0], expected }));
}

function isLocal(issuer: string): boolean {
  return isLoopbackHost(new URL(issuer).hostname);
}

/** Where this installation keeps its files: the directory of the embedded database, else `.data`. */
export function dataDirectoryOf(config: Pick<Config, 'storage'>): string {
  const { databaseUrl } = config.storage;
  return databaseUrl === 'memory:' || /^[a-z]+:/i.test(databaseUrl) ? '.data' : databaseUrl;
}

function isInside(file: string, directory: string): boolean {
  const path = relative(resolve(directory), resolve(dirname(file)));
  return path === '' || !path.startsWith('..');
}
