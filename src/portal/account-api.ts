// Asks the operator's account API who the person is, with her access token, and makes rows for a page of it.
// The portal is a stranger on the network: it shows what it gets, and an API that fails is no reason to fail.

import { z } from 'zod';
import { maskContact } from './login-words.ts';
import type { Locale } from './texts.ts';

export interface Row {
  /** Attribute names from the outside in, as the API calls them. */
  readonly path: readonly string[];
  readonly value: string;
}

export type AccountAnswer =
  | { readonly kind: 'rows'; readonly rows: readonly Row[] }
  /** The API takes this token no longer. */
  | { readonly kind: 'token-refused' }
  | { readonly kind: 'unavailable'; readonly reason: string };

export interface AccountRequest {
  readonly accessToken: string;
  /** Where the person's browser is; the operator uses it to see whether she is at home. */
  readonly browserAddress: string;
  readonly locale: Locale;
}

export interface AccountApi {
  /** Identifier of the API as audience of tokens (RFC 8707). */
  readonly resource: string;
  readMe(request: AccountRequest): Promise<AccountAnswer>;
}

const timeoutMs = 5_000;
const maxBodyBytes = 64 * 1024;
const maxRows = 40;
const maxDepth = 4;
const maxValueLength = 200;
const anObject = z.record(z.string(), z.unknown());

/** Creates the reader of `GET <issuer>/api/account/v1/me`. */
export function createAccountApi({ issuer }: { issuer: string }): AccountApi {
  const resource = `${issuer}/api`;
  return {
    resource,
    async readMe({ accessToken, browserAddress, locale }) {
      try {
        const response = await fetch(`${resource}/account/v1/me`, {
          headers: {
            accept: 'application/json',
            authorization: `Bearer ${accessToken}`,
            'accept-language': locale,
            'x-forwarded-for': browserAddress,
          },
          redirect: 'error',
          signal: AbortSignal.timeout(timeoutMs),
        });
        if (!response.ok) return await refusal(response);
        return { kind: 'rows', rows: rowsOf(anObject.parse(JSON.parse(await readBounded(response)))) };
      } catch (error) {
        return { kind: 'unavailable', reason: error instanceof Error ? error.name : 'unknown' };
      }
    },
  };
}

async function refusal(response: Response): Promise<AccountAnswer> {
  await response.body?.cancel();
  return response.status === 401
    ? { kind: 'token-refused' }
    : { kind: 'unavailable', reason: `status ${response.status}` };
}

async function readBounded(response: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of response.body ?? []) {
    size += part.length;
    if (size > maxBodyBytes) throw new RangeError('The answer is too large.');
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

/** Flattens an answer into rows, contacts masked; ids and links stay out, for no person reads them. */
export function rowsOf(answer: Readonly<Record<string, unknown>>): Row[] {
  const rows: Row[] = [];
  collectRows(answer, [], rows);
  return rows;
}

function collectRows(value: unknown, path: readonly string[], rows: Row[]): void {
  if (rows.length >= maxRows || path.length > maxDepth) return;
  if (typeof value !== 'object' || value === null) {
    const text = plainText(value);
    if (text !== '') rows.push({ path, value: maskContact(text) });
    return;
  }
  for (const [name, inner] of Object.entries(value)) {
    // The places of a list have numbers, not names.
    if (Array.isArray(value)) collectRows(inner, path, rows);
    else if (!isForMachines(name)) collectRows(inner, [...path, name], rows);
  }
}

function plainText(value: unknown): string {
  if (typeof value === 'string') return value.slice(0, maxValueLength);
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
}

function isForMachines(name: string): boolean {
  return name === 'id' || name === 'href' || name.startsWith('@') || name === 'sub';
}
