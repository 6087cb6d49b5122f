// Every variable of the environment, by section: the configuration, its documentation and its checks come from
// this one table. Numbers that no source prescribes are here with their default and unit (decisions 25).
import { z } from 'zod';
import {
  choice,
  flag,
  isAddressOrPrefix,
  key32,
  list,
  type Mode,
  optional,
  port,
  portIn,
  readBy,
  readUrl,
  unlessServe,
  variable,
  whole,
} from './config-values.ts';
import { readRedisAddress } from './redis-address.ts';

const demoOnly =
  (text: string) =>
  (mode: Mode): string | undefined =>
    mode === 'demo' ? text : undefined;

const listeners = {
  host: optional(
    variable(
      {
        name: 'HOST',
        about: 'Address that the public port listens on. Missing: every address of the machine (demo: loopback).',
        fallback: demoOnly('127.0.0.1'),
      },
      { expected: 'an IP address or a host name', schema: z.string().regex(/^[\w.:-]{1,255}$/) },
    ),
  ),
  port: port('PORT', 'Public port: OpenID Connect, pages, APIs.', 3000),
  portalPort: port('PORTAL_PORT', 'Demo only: the portal.', 3001),
  simPort: port('SIM_PORT', 'Demo only: web phones and control API of the simulator.', 3002),
  pspPort: port('PSP_PORT', 'Demo only: the sandbox payment provider, whose page takes test cards.', 3005),
  opsHost: variable(
    {
      name: 'OPS_HOST',
      about: 'Address of probes and metrics. Never open it to the Internet.',
      fallback: '127.0.0.1',
    },
    { expected: 'an IP address or a host name', schema: z.string().regex(/^[\w.:-]{1,255}$/) },
  ),
  opsPort: port('OPS_PORT', 'Probes and metrics.', 3003),
  adminPort: port('ADMIN_PORT', 'Staff operations and the sandbox; on 127.0.0.1 only.', 3004),
  smppPort: port('SMPP_PORT', 'Demo only: SMPP of the simulator.', 2775),
  smtpPort: port('SMTP_PORT', 'Demo only: mail box of the simulator.', 2525),
  trustedProxies: list(
    {
      name: 'TRUSTED_PROXIES',
      about: 'Proxies whose forwarding headers are believed.',
      fallback: (mode) => (mode === 'demo' ? '127.0.0.1,::1' : ''),
    },
    { expected: 'IP addresses or prefixes (192.0.2.0/24), separated by commas', item: isAddressOrPrefix },
  ),
  outboundAllow: list(
    {
      name: 'OUTBOUND_ALLOW',
      about: 'Hosts on private addresses that pings and logout tokens may be sent to.',
      fallback: (mode) => (mode === 'demo' ? 'localhost,127.0.0.1' : ''),
    },
    {
      expected: 'host names or addresses, with a port if only that one is meant, separated by commas',
      item: (text) => /^[\w.-]{1,253}(:[0-9]{1,5})?$|^\[[0-9a-f:]+\](:[0-9]{1,5})?$/i.test(text),
    },
  ),
};

const brandForm = /^[a-z][a-z0-9-]{0,31}$/;

function readIssuer(text: string): string | undefined {
  const url = readUrl(text, ['https:', 'http:']);
  return url?.href === `${url?.origin}/` ? url?.origin : undefined;
}

const provider = {
  issuer: variable(
    {
      name: 'ISSUER',
      about: 'Public address of the provider. Plain http is accepted for this machine only.',
      fallback: unlessServe((environment) => `http://localhost:${portIn(environment, 'PORT', 3000)}`),
      required: ['serve'],
    },
    { expected: 'an https address without a path, such as https://id.example.com', schema: readBy(readIssuer) },
  ),
  brand: variable(
    { name: 'BRAND', about: 'Brand of the main issuer: texts, look and customers.', fallback: 'exemple' },
    { expected: 'lower-case letters, digits and hyphens', schema: z.string().regex(brandForm) },
  ),
  brands: list(
    {
      name: 'BRANDS',
      about: 'Brands that are served beside BRAND and those of BRANDS_FILE; exemple, exemple-eco and ile are known.',
      fallback: (mode, environment) =>
        mode === 'serve' || (environment['BRAND'] || 'exemple') !== 'exemple' ? '' : 'exemple-eco,ile',
    },
    { expected: 'brands, separated by commas', item: (text) => brandForm.test(text) },
  ),
  brandsFile: optional(
    variable(
      {
        name: 'BRANDS_FILE',
        about: 'JSON file with more brands, each with issuer, currency, numbers, taxes and colours (docs/brands.md).',
      },
      { expected: 'the path of a readable file', schema: z.string().max(4_096) },
    ),
  ),
  supportUrl: optional(
    variable(
      {
        name: 'SUPPORT_URL',
        about: 'Page where customers find help; the login pages of a federation hub link to it.',
        fallback: unlessServe((environment) => `http://localhost:${portIn(environment, 'PORTAL_PORT', 3001)}/`),
      },
      {
        expected: 'an https address such as https://example.com/help',
        schema: z.string().refine((text) => readUrl(text, ['https:', 'http:']) !== undefined),
      },
    ),
  ),
  sandbox: flag({
    name: 'SANDBOX',
    about: 'Demo numbers that answer by themselves, and a clock that can be moved. Refused unless the issuer is local.',
    fallback: (mode) => (mode === 'demo' ? 'true' : 'false'),
  }),
  workers: choice(
    { name: 'WORKERS', about: 'Jobs in this process: on beside the pages, only, or off.', fallback: 'on' },
    ['on', 'only', 'off'],
  ),
  stopDelaySeconds: whole(
    'STOP_DELAY_SECONDS',
    'Told to stop, a node says 503 at /readyz and serves on for so long, until no load balancer sends it anything.',
    { unit: 'seconds', fallback: 0, least: 0, most: 60 },
  ),
  logLevel: choice(
    {
      name: 'LOG_LEVEL',
      about: 'Least important lines that are logged.',
      fallback: (mode) => (mode === 'demo' ? 'warn' : 'info'),
    },
    ['debug', 'info', 'warn', 'error', 'silent'],
  ),
};

const storage = {
  databaseUrl: variable(
    {
      name: 'DATABASE_URL',
      about: 'PostgreSQL, or a directory for the embedded database, or memory: for one that is forgotten.',
      fallback: '.data',
    },
    {
      expected: 'postgres://…, memory: or a directory',
      schema: z
        .string()
        .max(2_048)
        .refine((text) => !/^[a-z][a-z0-9+.-]*:/i.test(text) || text === 'memory:' || isPostgres(text)),
    },
  ),
  redis: optional(
    variable(
      {
        name: 'REDIS_URL',
        about: 'Redis or Valkey for short-lived records, limits and wake-ups; without it they are in the database.',
      },
      {
        expected:
          'redis://user:password@host:port/0, or rediss:// with TLS; for a cluster several host:port with commas, or ?cluster=true',
        schema: readBy(readRedisAddress),
      },
    ),
  ),
  masterKey: optional(
    key32({
      name: 'MASTER_KEY',
      about: 'Protects the secrets in the database. `serve` needs it, or MASTER_KEY_FILE; the demo makes its own.',
    }),
  ),
  masterKeyFile: optional(
    variable(
      { name: 'MASTER_KEY_FILE', about: 'A file that holds MASTER_KEY instead; not in the data directory.' },
      { expected: 'the path of a readable file', schema: z.string().max(4_096) },
    ),
  ),
  masterKeyPrevious: optional(
    key32({ name: 'MASTER_KEY_PREVIOUS', about: 'The key before, while values are sealed anew.' }),
  ),
  adminToken: optional(
    variable(
      {
        name: 'ADMIN_TOKEN',
        about: 'Bearer token of ADMIN_PORT. Missing: made at start and kept in the data directory.',
      },
      {
        expected: 'letters, digits and -._~+/= without spaces (32 or more of them for serve)',
        schema: z.string().regex(/^[\w.~+/=-]{1,512}$/),
      },
    ),
  ),
};

function isPostgres(text: string): boolean {
  return readUrl(text, ['postgres:', 'postgresql:']) !== undefined;
}

const retention = {
  attemptDays: whole('ATTEMPT_RETENTION_DAYS', 'How long ended attempts are kept.', {
    unit: 'days',
    fallback: 90,
    least: 2,
    most: 3_650,
  }),
  inboundHours: whole('INBOUND_RETENTION_HOURS', 'How long answers are kept as they came in.', {
    unit: 'hours',
    fallback: 48,
    least: 1,
    most: 720,
  }),
  notificationMonths: whole(
    'NOTIFICATION_RETENTION_MONTHS',
    'How long entries of a customer’s notification centre are kept; those of security that nobody has read stay.',
    { unit: 'months', fallback: 13, least: 1, most: 120 },
  ),
  contactMonths: whole(
    'CONTACT_RETENTION_MONTHS',
    'How long a customer’s question is kept after its answer; one without an answer stays.',
    { unit: 'months', fallback: 13, least: 1, most: 120 },
  ),
  feedbackMonths: whole('FEEDBACK_RETENTION_MONTHS', 'How long feedback is kept.', {
    unit: 'months',
    fallback: 13,
    least: 1,
    most: 120,
  }),
  auditMonths: whole('AUDIT_RETENTION_MONTHS', 'How long the audit journal is kept.', {
    unit: 'months',
    fallback: 13,
    least: 1,
    most: 120,
  }),
};

/** Sections that say where the provider runs; those that say how it behaves are in config-rules.ts. */
export const placeSections = { listeners, provider, storage };

/** What is kept, and for how long. */
export const retentionSection = { retention };
