// Calls of the operator's APIs that need no token: help for everybody, feedback without a name.
import type { Context } from 'koa';
import { localeOf } from './pages.ts';

export interface OpenApi {
  /** The body of an answer; undefined when there is no such thing. Throws when the API cannot be asked. */
  get(ctx: Context, path: string): Promise<unknown>;
  /** True if it was taken. Nothing of the browser is handed on: not even its address. */
  post(path: string, body: object): Promise<boolean>;
}

const timeoutMs = 10_000;

/** Makes the caller of `<issuer>/api`. */
export function createOpenApi({ issuer }: { issuer: string }): OpenApi {
  const send = (path: string, init: RequestInit) =>
    fetch(`${issuer}/api${path}`, { ...init, redirect: 'error', signal: AbortSignal.timeout(timeoutMs) });
  return {
    async get(ctx, path) {
      const headers = { accept: 'application/json', 'accept-language': localeOf(ctx) };
      const response = await send(path, { headers });
      if (response.status === 404) return undefined;
      if (!response.ok) throw new Error(`the API answered ${response.status}`);
      return await response.json();
    },
    async post(path, body) {
      const headers = { 'content-type': 'application/json' };
      const response = await send(path, { method: 'POST', headers, body: JSON.stringify(body) });
      return response.ok;
    },
  };
}
