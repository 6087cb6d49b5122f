// A browser without a screen for the portal's tests: keeps cookies, follows redirects when told to, posts forms.

export interface Visit {
  readonly status: number;
  readonly location: string | undefined;
  readonly headers: Headers;
  readonly body: string;
  /** Where the browser ended up. */
  readonly url: string;
}

export type Browser = ReturnType<typeof createBrowser>;

/** Opens a browser on a site; `headers` go with every request. */
export function createBrowser(origin: string, headers: Record<string, string> = {}) {
  const cookies = new Map<string, string>();
  const setCookies: string[] = [];

  function keepCookies(response: Response): void {
    for (const line of response.headers.getSetCookie()) {
      setCookies.push(line);
      const [pair = ''] = line.split(';');
      const [name = '', value = ''] = pair.split('=');
      if (value === '') cookies.delete(name);
      else cookies.set(name, value);
    }
  }

  async function request(path: string, init: RequestInit = {}): Promise<Visit> {
    const url = new URL(path, origin);
    const isOwn = url.origin === origin;
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const sent = { ...headers, ...(isOwn && cookie !== '' ? { cookie } : {}), ...(init.headers as object) };
    const response = await fetch(url, { ...init, headers: sent, redirect: 'manual' });
    if (isOwn) keepCookies(response);
    const location = response.headers.get('location');
    return {
      status: response.status,
      location: location === null ? undefined : new URL(location, url).href,
      headers: response.headers,
      body: await response.text(),
      url: url.href,
    };
  }

  async function open(path: string): Promise<Visit> {
    let visit = await request(path);
    for (let hops = 0; visit.location !== undefined && hops < 10; hops += 1) visit = await request(visit.location);
    return visit;
  }

  return {
    cookies,
    /** Every Set-Cookie line so far. */
    setCookies,
    /** One request, redirects not followed. */
    get: (path: string) => request(path),
    /** Follows redirects over both sites, as a browser does. */
    open,
    post: (path: string, form: Record<string, string>) =>
      request(path, { method: 'POST', body: new URLSearchParams(form) }),
    /** Starts a login and stops before the portal's callback; gives the callback's address. */
    async loginUpToCallback(path = '/login'): Promise<string> {
      const left = await request(path);
      const answered = await request(left.location ?? '');
      return answered.location ?? '';
    },
  };
}

/** The csrf token of the logout form on a page. */
export function csrfOf({ body }: Pick<Visit, 'body'>): string {
  return /name="csrf" value="([^"]+)"/.exec(body)?.[1] ?? '';
}

/** The words of a page without its tags. */
export function wordsOf({ body }: Pick<Visit, 'body'>): string {
  return body
    .replaceAll(/<[^>]+>/g, ' ')
    .replaceAll('&#39;', "'")
    .replaceAll(/\s+/g, ' ');
}
