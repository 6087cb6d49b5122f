// Calls of the APIs by a client whose customer has just logged in with her password. Every answer is held against the
// published document, and each POST has an Idempotency-Key of its own.
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { type LoginPlace, openLogin } from './flow-login.ts';
import { createAnswerCheck } from './openapi-answers.ts';

export interface ApiAnswer {
  readonly status: number;
  /** As it came; `entriesOf` reads a list. */
  readonly body: Readonly<Record<string, string>>;
}

const entries = z.array(z.record(z.string(), z.any()));

/** The entries of an answer that is a list. Throws if it is anything else. */
export function entriesOf({ body }: ApiAnswer): readonly Readonly<Record<string, string>>[] {
  return entries.parse(body);
}

export type CallApi = (method: string, path: string, body?: object) => Promise<ApiAnswer>;

/** Logs in as `tester` for the scopes and gives the function that calls `<issuer>/api<base><path>`. */
export async function apiAs(
  world: LoginPlace & { readonly issuer: string },
  { identifier, password, scope, base }: { identifier: string; password: string; scope: string; base: string },
): Promise<CallApi> {
  const resource = `${world.issuer}/api`;
  const login = await openLogin(world, { scope: `openid ${scope}`, resource });
  await login.submit({ identifier, choice: 'password' });
  await login.password(password);
  const { tokens } = await login.finish({ resource });
  const check = createAnswerCheck(z.any().parse(await (await fetch(`${resource}/openapi.json`)).json()));
  return async (method, path, body) => {
    const url = `${resource}${base}${path}`;
    const response = await fetch(url, {
      method,
      headers: {
        authorization: `Bearer ${tokens.access_token}`,
        ...(method === 'POST' ? { 'idempotency-key': randomUUID() } : {}),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const answer: unknown = text === '' ? undefined : JSON.parse(text);
    const { status } = response;
    check({ method, url, status, contentType: response.headers.get('content-type'), body: answer });
    return { status, body: z.any().parse(answer ?? {}) };
  };
}
