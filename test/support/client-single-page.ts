// A single-page app without a secret whose login is oidc-client-ts, served from a port of its own: another origin than
// the provider's, so that the browser asks the provider for leave (CORS).
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';

export interface SinglePageApp {
  readonly url: string;
  close(): Promise<void>;
}

const textOf = (specifier: string) => readFileSync(fileURLToPath(import.meta.resolve(specifier)), 'utf8');

/** Serves it; `register` is given its callback address. */
export async function serveSinglePageApp(
  issuer: string,
  register: (redirectUri: string) => Promise<{ client_id: string }>,
): Promise<SinglePageApp> {
  const files = new Map<string, [type: string, text: string]>();
  const server = createServer(({ url = '/' }, response) => {
    const file = files.get(new URL(url, 'http://localhost').pathname);
    if (file === undefined) return void response.writeHead(404).end();
    response.writeHead(200, { 'content-type': file[0] }).end(file[1]);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { client_id } = await register(`${url}/callback`);
  const script = 'text/javascript; charset=utf-8';
  for (const path of ['/', '/callback', '/bye']) files.set(path, ['text/html; charset=utf-8', page]);
  files.set('/favicon.ico', ['image/x-icon', '']);
  files.set('/app.js', [script, app({ authority: issuer, client_id, url })]);
  files.set('/oidc-client-ts.js', [script, textOf('oidc-client-ts')]);
  files.set('/jwt-decode.js', [script, textOf('jwt-decode')]);
  return {
    url,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

const page = `<!doctype html>
<html lang="en">
<title>App of one page</title>
<script type="importmap">{"imports":{"oidc-client-ts":"/oidc-client-ts.js","jwt-decode":"/jwt-decode.js"}}</script>
<script type="module" src="/app.js"></script>
<button id="in">Log in</button> <button id="refresh">Refresh</button>
<button id="revoke">Revoke</button> <button id="out">Log out</button>
<output></output>
`;

function app({ authority, client_id, url }: { authority: string; client_id: string; url: string }): string {
  const settings = {
    ...{ authority, client_id, redirect_uri: `${url}/callback`, post_logout_redirect_uri: `${url}/bye` },
    ...{ scope: 'openid profile offline_access', prompt: 'consent', acr_values: '3' },
    ...{ loadUserInfo: true, filterProtocolClaims: false, automaticSilentRenew: false },
  };
  return `import { UserManager } from 'oidc-client-ts';
const manager = new UserManager(${JSON.stringify(settings)});
const show = (state, shown) => {
  document.querySelector('output').textContent = JSON.stringify(shown);
  document.querySelector('output').dataset.state = state;
};
const showUser = (state) => (user) => show(state, { profile: user.profile, token: user.access_token });
const showError = (error) => show('failed', { error: error.error ?? error.message });
const on = (id, act) => document.getElementById(id).addEventListener('click', () => act().catch(showError));
on('in', () => manager.signinRedirect());
on('refresh', () => manager.signinSilent().then(showUser('refreshed')));
on('revoke', () => manager.revokeTokens().then(() => show('revoked', {})));
on('out', () => manager.signoutRedirect());
if (location.pathname === '/callback') manager.signinCallback().then(showUser('in'), showError);
else if (location.pathname === '/bye') manager.signoutCallback().then(() => show('out', {}), showError);
else show('ready', {});
`;
}
