// What the portal needs to know at its start: addresses and client secrets, from flags or from a caller.
// The issuer URL is all it knows of the provider; everything else comes from discovery.

import { parseArgs } from 'node:util';
import { z } from 'zod';

const loopbackHosts = new Set(['localhost', '127.0.0.1', '[::1]']);

function isPlainOrigin(url: URL): boolean {
  return url.pathname === '/' && url.search === '' && url.hash === '' && url.username === '' && url.password === '';
}

const webUrl = z
  .url({ protocol: /^https?$/, error: 'must be an http or https URL' })
  .transform((text) => text.replace(/\/+$/, ''));

const issuerUrl = webUrl.refine(
  (text) => text.startsWith('https:') || loopbackHosts.has(new URL(text).hostname),
  'must be https, or http on a loopback host',
);

const origin = webUrl.refine((text) => isPlainOrigin(new URL(text)), 'must have no path, query or user');

const secretOf = (clientId: string, least = 16) =>
  z.string().min(least).max(200).default(`${clientId}-demo-secret-32-characters-long`);

const portalOptions = z.object({
  issuer: issuerUrl.default('http://localhost:3000'),
  host: z.string().min(1).max(255).default('127.0.0.1'),
  port: z.coerce.number().int().min(0).max(65_535).default(3001),
  baseUrl: origin.optional(),
  simUrl: webUrl.optional(),
  clientSecrets: z
    .object({
      portal: secretOf('portal'),
      // The client `portal` too, of the second operator's issuer.
      ile: secretOf('portal'),
      shop: secretOf('shop'),
      // It is the key of HS256, too: hubs take none that is shorter.
      hub: secretOf('hub', 32),
      callcentre: secretOf('callcentre'),
    })
    .prefault({}),
});

export type PortalOptions = z.input<typeof portalOptions>;
export type PortalSettings = z.output<typeof portalOptions>;

/** The flags or values were wrong; the message lists every mistake by flag name and repeats no secret. */
export class OptionsError extends Error {
  override readonly name = 'OptionsError';
}

const flags = {
  issuer: { type: 'string' },
  host: { type: 'string' },
  port: { type: 'string' },
  'base-url': { type: 'string' },
  'sim-url': { type: 'string' },
  'client-secret-portal': { type: 'string' },
  'client-secret-ile': { type: 'string' },
  'client-secret-shop': { type: 'string' },
  'client-secret-hub': { type: 'string' },
  'client-secret-callcentre': { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

export const usage = `Usage: node src/portal/main.ts [flags]

  --issuer <url>                  OpenID provider (http://localhost:3000)
  --port <number>                 port to listen on, 0 for any free one (3001)
  --host <address>                address to listen on (127.0.0.1)
  --base-url <url>                how browsers reach the portal (http://localhost:<port>)
  --sim-url <url>                 web phone of the simulator; shows the demo box
  --client-secret-portal <s>      secret of the client "portal"
  --client-secret-ile <s>         secret of the client "portal" at the issuer <url>/ile
  --client-secret-shop <s>        secret of the client "shop"
  --client-secret-hub <s>         secret of the client "hub", at least 32 characters
  --client-secret-callcentre <s>  secret of the client "callcentre"
  --help                          this text
`;

const flagOfPath: Readonly<Record<string, string>> = {
  baseUrl: '--base-url',
  simUrl: '--sim-url',
  'clientSecrets.portal': '--client-secret-portal',
  'clientSecrets.ile': '--client-secret-ile',
  'clientSecrets.shop': '--client-secret-shop',
  'clientSecrets.hub': '--client-secret-hub',
  'clientSecrets.callcentre': '--client-secret-callcentre',
};

/**
 * Completes options with their defaults and checks them.
 *
 * @throws OptionsError naming every wrong value at once.
 */
export function parsePortalOptions(options: PortalOptions): PortalSettings {
  const result = portalOptions.safeParse(options);
  if (result.success) return result.data;
  const mistakes = result.error.issues.map((issue) => {
    const path = issue.path.join('.');
    return `${flagOfPath[path] ?? `--${path}`}: ${issue.message}`;
  });
  throw new OptionsError(mistakes.join('\n'));
}

/**
 * Reads the command line.
 *
 * @returns 'help' when only the usage text is asked for.
 * @throws OptionsError on an unknown flag or a wrong value.
 */
export function parseCommandLine(argv: readonly string[]): PortalSettings | 'help' {
  const values = readFlags(argv);
  if (values.help === true) return 'help';
  return parsePortalOptions({
    issuer: values.issuer,
    host: values.host,
    port: values.port,
    baseUrl: values['base-url'],
    simUrl: values['sim-url'],
    clientSecrets: {
      portal: values['client-secret-portal'],
      ile: values['client-secret-ile'],
      shop: values['client-secret-shop'],
      hub: values['client-secret-hub'],
      callcentre: values['client-secret-callcentre'],
    },
  });
}

function readFlags(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options: flags, strict: true, allowPositionals: false }).values;
  } catch (cause) {
    throw new OptionsError(cause instanceof Error ? cause.message : 'The flags could not be read.', { cause });
  }
}
