// A relying party without a browser: asks for a customer, polls, waits, cancels; by plain HTTP.
import { demoSecret } from '../../src/demo/clients.ts';
import { noteNeedles } from './log-directory.ts';

export interface CibaAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** As it came; a test says what it expects of it. */
  readonly body: Readonly<Record<string, string | number | undefined>>;
}

export interface CibaParty {
  /** `POST /backchannel`; a list repeats a parameter. */
  ask(parameters: Readonly<Record<string, string | readonly string[]>>): Promise<CibaAnswer>;
  /** The same, for a request that is accepted: its id and what else its answer says. */
  begin(parameters: Readonly<Record<string, string>>): Promise<{ id: string; answer: CibaAnswer }>;
  /** One poll; `wait` in seconds as a long poll. */
  poll(id: string, options?: { wait?: number; resource?: string; signal?: AbortSignal }): Promise<CibaAnswer>;
  cancel(id: string): Promise<CibaAnswer>;
  post(path: string, body: Readonly<Record<string, string>>): Promise<CibaAnswer>;
}

export const cibaGrant = 'urn:openid:params:grant-type:ciba';

/** A client with `client_secret_basic`; the provider may be reached by other addresses than its issuer. */
export function cibaParty(
  issuer: string,
  clientId: string,
  { secret = demoSecret(clientId), headers = {} }: { secret?: string; headers?: Record<string, string> } = {},
): CibaParty {
  const authorization = `Basic ${Buffer.from(`${clientId}:${secret}`).toString('base64')}`;
  const call = async (method: string, path: string, init: RequestInit = {}): Promise<CibaAnswer> => {
    const response = await fetch(`${issuer}${path}`, {
      ...init,
      method,
      headers: { ...headers, ...Object.fromEntries(new Headers(init.headers)), authorization },
    });
    const text = await response.text();
    const body = text === '' ? {} : (JSON.parse(text) as CibaAnswer['body']);
    for (const name of ['auth_req_id', 'access_token', 'refresh_token', 'id_token']) {
      const value = body[name];
      if (typeof value === 'string') noteNeedles({ form: 'text', what: name, value });
    }
    return { status: response.status, headers: response.headers, body };
  };
  const post: CibaParty['post'] = (path, body) => call('POST', path, { body: new URLSearchParams(body) });
  const ask: CibaParty['ask'] = (parameters) => {
    const form = new URLSearchParams({ scope: 'openid' });
    for (const [name, value] of Object.entries(parameters)) {
      form.delete(name);
      for (const one of [value].flat()) form.append(name, one);
    }
    return call('POST', '/backchannel', { body: form });
  };
  return {
    ask,
    post,
    async begin(parameters) {
      const answer = await ask(parameters);
      const id = answer.body['auth_req_id'];
      if (typeof id !== 'string') throw new Error(`no request: ${answer.status} ${JSON.stringify(answer.body)}`);
      return { id, answer };
    },
    poll(id, { wait, resource, signal } = {}) {
      const body = { grant_type: cibaGrant, auth_req_id: id, ...(resource === undefined ? {} : { resource }) };
      return call('POST', '/token', {
        body: new URLSearchParams(body),
        ...(signal === undefined ? {} : { signal }),
        headers: wait === undefined ? {} : { prefer: `wait=${wait}` },
      });
    },
    cancel: (id) => call('DELETE', `/backchannel/${id}`),
  };
}
