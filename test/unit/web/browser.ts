// A browser for tests of pages: keeps cookies, asks for HTML, posts forms with what the page's own form holds.
import type { IncomingMessage, ServerResponse } from 'node:http';
import supertest, { type Response } from 'supertest';
import { interactionCookie } from './scripted-login.ts';

export interface App {
  callback(): (request: IncomingMessage, response: ServerResponse) => unknown;
}

export interface BrowserOptions {
  readonly language?: string;
  /** Whether this is the browser that began the interaction. */
  readonly begun?: boolean;
  readonly headers?: Record<string, string>;
}

export class Browser {
  readonly cookies = new Map<string, string>();
  readonly #app: App;
  readonly #headers: Record<string, string>;

  constructor(app: App, { language = 'fr', begun = true, headers = {} }: BrowserOptions = {}) {
    this.#app = app;
    this.#headers = { Accept: 'text/html,*/*;q=0.8', 'Accept-Language': language, ...headers };
    if (begun) this.#keep(interactionCookie);
  }

  async get(path: string, headers: Record<string, string> = {}): Promise<Response> {
    return this.#done(await supertest(this.#app.callback()).get(path).set(this.#sent(headers)));
  }

  async head(path: string): Promise<Response> {
    return this.#done(await supertest(this.#app.callback()).head(path).set(this.#sent({})));
  }

  /** Posts exactly these fields. */
  async post(path: string, fields: Record<string, string>, headers: Record<string, string> = {}): Promise<Response> {
    const request = supertest(this.#app.callback()).post(path).type('form').set(this.#sent(headers));
    return this.#done(await request.send(fields));
  }

  /** Opens the page and posts these fields with the page's own `csrf`. */
  async submit(path: string, fields: Record<string, string>): Promise<Response> {
    const page = await this.get(path);
    return this.post(path, { ...fields, csrf: csrfOf(page.text) });
  }

  #sent(headers: Record<string, string>): Record<string, string> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    return { ...this.#headers, ...(cookie === '' ? {} : { Cookie: cookie }), ...headers };
  }

  #done(response: Response): Response {
    for (const line of setCookies(response)) this.#keep(line.split(';')[0] ?? '');
    return response;
  }

  #keep(pair: string): void {
    const [name = '', value = ''] = pair.split('=');
    this.cookies.set(name, value);
  }
}

export function setCookies(response: Response): string[] {
  const lines: unknown = response.headers['set-cookie'];
  return Array.isArray(lines) ? lines.map(String) : [];
}

export function csrfOf(html: string): string {
  return /name="csrf" value="([^"]+)"/.exec(html)?.[1] ?? '';
}

/** `name=value` of every button of a page, disabled ones too. */
export function buttonsOf(html: string): string[] {
  return [...html.matchAll(/<button[^>]* name="([^"]+)" value="([^"]+)"/g)].map(
    ([, name, value]) => `${name}=${value}`,
  );
}

/** Names of all fields that a person or script can fill in or that the page fills in. */
export function fieldsOf(html: string): string[] {
  return [...new Set([...html.matchAll(/<input[^>]* name="([^"]+)"/g)].map(([, name]) => name ?? ''))];
}

export function textOf(html: string): string {
  return html
    .replace(/<[^>]+>/g, ' ')
    .replaceAll('&amp;', '&')
    .replace(/\s+/g, ' ');
}
