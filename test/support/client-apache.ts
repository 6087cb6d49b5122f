// A web server as Debian ships it: Apache with mod_auth_openidc guards a page, in a directory and on a port of its own.
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from './flow-until.ts';
import { freePorts } from './free-ports.ts';
import { apachePaths } from './services.ts';

export interface ApacheSite {
  readonly url: string;
  /** What its log says: warnings and errors. */
  log(): string;
  stop(): Promise<void>;
}

type Register = (redirectUri: string) => Promise<{ client_id: string; client_secret: string }>;

const modules = ['mpm_event', 'authn_core', 'authz_core', 'authz_user', 'headers', 'rewrite', 'mime', 'dir'];
const stopMs = 10_000;

/**
 * Starts it. `/private/` wants a login with PIN (`acr` 3), `/callback` is the module's own address; `register` is
 * given that address. Throws with Apache's words when it does not come up.
 */
export async function startApache(issuer: string, register: Register): Promise<ApacheSite> {
  const paths = apachePaths();
  if (paths === undefined) throw new Error('there is no Apache');
  const directory = mkdtempSync(join(tmpdir(), 'apache-'));
  const [port = 0] = await freePorts(1);
  const url = `http://127.0.0.1:${port}`;
  const client = await register(`${url}/callback`);
  const { file, errors } = writeSite(directory, configuration({ directory, port, url, issuer, client, paths }));
  const child = spawn(paths.program, ['-f', file, '-DFOREGROUND'], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk));
  const log = () => said + (existsSync(errors) ? readFileSync(errors, 'utf8') : '');
  const stop = async () => {
    await end(child);
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    await until('Apache answers', async () => {
      if (child.exitCode !== null) throw new Error(`Apache ended with ${child.exitCode}: ${log()}`);
      return await fetch(`${url}/bye`).then(({ ok }) => ok, isNotUp);
    });
  } catch (error) {
    await stop();
    throw error;
  }
  return { url, log, stop };
}

function isNotUp(): boolean {
  return false;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const lastResort = setTimeout(() => child.kill('SIGKILL'), stopMs);
  await ended;
  clearTimeout(lastResort);
}

// As root Apache changes to another user, who must be able to read the pages.
function writeSite(directory: string, text: string): { file: string; errors: string } {
  chmodSync(directory, 0o755);
  mkdirSync(join(directory, 'pages', 'private'), { recursive: true });
  writeFileSync(join(directory, 'pages', 'private', 'index.html'), '<h1>For those who logged in</h1>\n');
  writeFileSync(join(directory, 'pages', 'bye'), 'logged out\n');
  const file = join(directory, 'apache.conf');
  writeFileSync(file, text, { mode: 0o600 });
  return { file, errors: join(directory, 'error.log') };
}

interface SiteSettings {
  readonly directory: string;
  readonly port: number;
  readonly url: string;
  readonly issuer: string;
  readonly client: { readonly client_id: string; readonly client_secret: string };
  readonly paths: { readonly modules: string };
}

function configuration({ directory, port, url, issuer, client, paths }: SiteSettings): string {
  const load = [...modules, 'auth_openidc'].map((name) => `LoadModule ${name}_module ${paths.modules}/mod_${name}.so`);
  return `ServerRoot ${directory}
ServerName 127.0.0.1
Listen 127.0.0.1:${port}
PidFile ${directory}/pid
DefaultRuntimeDir ${directory}
Mutex sem
${load.join('\n')}
TypesConfig /dev/null
${process.getuid?.() === 0 ? 'User www-data\nGroup www-data' : ''}
ErrorLog ${directory}/error.log
LogLevel warn
StartServers 1
DocumentRoot ${directory}/pages
# Node's fetch says of itself that it is a script; the module sends only pages to the login.
RequestHeader unset Sec-Fetch-Mode early

OIDCProviderMetadataURL ${issuer}/.well-known/openid-configuration
OIDCClientID ${client.client_id}
OIDCClientSecret ${client.client_secret}
OIDCProviderTokenEndpointAuth client_secret_basic
OIDCRedirectURI ${url}/callback
OIDCCryptoPassphrase ${randomBytes(24).toString('base64url')}
OIDCScope "openid profile email offline_access"
OIDCAuthRequestParams prompt=consent&acr_values=3
OIDCPKCEMethod S256
OIDCInfoHook iat access_token id_token userinfo refresh_token
OIDCPassClaimsAs environment
OIDCRemoteUserClaim sub

# This module takes the iss of an error (RFC 9207) for a choice among providers, unless it is taken out.
RewriteEngine on
RewriteCond %{QUERY_STRING} ^(error=.*)&iss=[^&]*(.*)$
RewriteRule ^/callback$ /callback?%1%2 [PT]

<Location /private/>
  AuthType openid-connect
  Require claim acr:3
  Header set X-Who "expr=%{REMOTE_USER}"
  Header set X-Level "%{OIDC_CLAIM_acr}e"
</Location>
<Location /callback>
  AuthType openid-connect
  Require valid-user
</Location>
<Location /bye>
  Require all granted
</Location>
`;
}
