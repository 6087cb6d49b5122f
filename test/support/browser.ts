// A browser without a screen: cookies by host and path (the port does not count, as in real ones), redirects followed
// by hand, forms found in the page.

export interface Page {
  readonly url: URL;
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Set when a redirect left for an address that this browser was told to stop at. */
  readonly stoppedAt: URL | undefined;
}

interface Cookie {
  readonly name: string;
  readonly value: string;
  readonly path: string;
}

export interface Browser {
  /** Opens an address and follows redirects; stops before one that begins with `stopAt`. */
  open(url: string | URL, options?: { headers?: Record<string, string> }): Promise<Page>;
  /** Posts the fields with the page's own csrf field to the page's own address. */
  submit(page: Page, fields: Record<string, string>): Promise<Page>;
  /** Submits the form of the page whose action is this path, with all its hidden fields and these. */
  submitForm(page: Page, action: string, fields?: Record<string, string>): Promise<Page>;
  /** One request without following redirects, with this browser's cookies. */
  request(url: string | URL, init?: RequestInit): Promise<Response>;
  cookieNames(): string[];
  cookieValues(): string[];
}

export interface BrowserOptions {
  /** Redirects to addresses that begin so are not followed: the relying party's. */
  readonly stopAt?: string;
  readonly headers?: Record<string, string>;
  /** Where a request for an address really goes, as behind a load balancer; to the address itself by default. */
  readonly route?: (url: URL) => URL;
  /** Told of each answer. */
  readonly onStatus?: (status: number) => void;
}

/** Makes a browser with an empty cookie jar. */
export function createBrowser({
  stopAt = 'http://127.0.0.1:9876/',
  headers: always = {},
  route = (url) => url,
  onStatus = () => {},
}: BrowserOptions = {}): Browser {
  const jar = new Map<string, Map<string, Cookie>>();

  const cookiesFor = (url: URL): string =>
    [...(jar.get(url.hostname)?.values() ?? [])]
      .filter(({ path }) => url.pathname === path || url.pathname.startsWith(path.endsWith('/') ? path : `${path}/`))
      .map(({ name, value }) => `${name}=${value}`)
      .join('; ');

  const keep = (url: URL, response: Response): void => {
    const site = jar.get(url.hostname) ?? new Map<string, Cookie>();
    jar.set(url.hostname, site);
    for (const line of response.headers.getSetCookie()) {
      const [pair = '', ...attributes] = line.split(/; */);
      const [name = '', ...value] = pair.split('=');
      const options = new Map(attributes.map((one) => one.toLowerCase().split('=') as [string, string | undefined]));
      const path = attributes.find((one) => /^path=/i.test(one))?.slice(5) ?? '/';
      const key = `${name}\0${path}`;
      const expires = options.get('expires');
      const gone = options.get('max-age') === '0' || (expires !== undefined && new Date(expires) <= new Date());
      if (gone || value.join('=') === '') site.delete(key);
      else site.set(key, { name, value: value.join('='), path });
    }
  };

  const request: Browser['request'] = async (address, init = {}) => {
    const url = new URL(address);
    const headers = new Headers({ accept: 'text/html', ...always, ...Object.fromEntries(new Headers(init.headers)) });
    const cookie = cookiesFor(url);
    if (cookie !== '') headers.set('cookie', cookie);
    const response = await fetch(route(url), { ...init, headers, redirect: 'manual' });
    keep(url, response);
    onStatus(response.status);
    return response;
  };

  const follow = async (first: URL, init: RequestInit): Promise<Page> => {
    let url = first;
    let response = await request(url, init);
    for (let hops = 0; hops < 15; hops++) {
      const location = response.headers.get('location');
      if (location === null) break;
      const next = new URL(location, url);
      const page = { url, status: response.status, headers: response.headers, text: await response.text() };
      if (next.href.startsWith(stopAt)) return { ...page, stoppedAt: next };
      url = next;
      response = await request(url);
    }
    return {
      url,
      status: response.status,
      headers: response.headers,
      text: await response.text(),
      stoppedAt: undefined,
    };
  };

  return {
    open: (url, options = {}) => follow(new URL(url), { headers: options.headers ?? {} }),
    submit(page, fields) {
      const csrf = /name="csrf" value="([^"]+)"/.exec(page.text)?.[1] ?? '';
      return follow(page.url, {
        method: 'POST',
        headers: { origin: page.url.origin },
        body: new URLSearchParams({ csrf, ...fields }),
      });
    },
    submitForm(page, action, fields = {}) {
      const forms = [...page.text.matchAll(/<form([^>]*)>([\s\S]*?)<\/form>/g)];
      const form = forms.find(([, attributes = '']) => actionOf(attributes, page.url).pathname === action);
      if (form === undefined) throw new Error(`the page has no form for ${action}`);
      const [, attributes = '', content = ''] = form;
      return follow(actionOf(attributes, page.url), {
        method: 'POST',
        headers: { origin: page.url.origin },
        body: new URLSearchParams({ ...hiddenFields(content), ...fields }),
      });
    },
    request,
    cookieValues: () => [...jar.values()].flatMap((site) => [...site.values()].map(({ value }) => value)),
    cookieNames: () => [...jar.values()].flatMap((site) => [...site.values()].map(({ name }) => name)),
  };
}

function actionOf(attributes: string, base: URL): URL {
  return new URL(/action="([^"]*)"/.exec(attributes)?.[1] || base.href, base);
}

function hiddenFields(form: string): Record<string, string> {
  const inputs = [...form.matchAll(/<input[^>]*type="hidden"[^>]*>/g)].map(([input]) => input);
  const attribute = (input: string, name: string) => new RegExp(`\\b${name}="([^"]*)"`).exec(input)?.[1] ?? '';
  return Object.fromEntries(inputs.map((input) => [attribute(input, 'name'), attribute(input, 'value')]));
}

/** The reference code that the waiting page shows. */
export function referenceCodeOn(page: Page): string | undefined {
  return /data-reference-code="(\d{4})"/.exec(page.text)?.[1];
}

/** The state that the waiting page says. */
export function statusOn(page: Page): string | undefined {
  return /data-status="([a-z]+)"/.exec(page.text)?.[1];
}
