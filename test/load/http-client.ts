// The client of the benchmark: HTTP over connections that are kept, as cheap as node:http makes it, and a browser on
// top that keeps cookies and follows redirects. The same for every side that is measured.
import { Agent, type IncomingHttpHeaders, request } from 'node:http';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

export interface Send {
  readonly method?: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly form?: Readonly<Record<string, string>>;
}

export interface Http {
  send(url: string, options?: Send): Promise<Answer>;
  /** How many answers have come. */
  readonly answered: number;
  close(): void;
}

/** Makes a client; `connections` at most are open to one server. */
export function createHttp(connections: number): Http {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  let answered = 0;
  return {
    get answered() {
      return answered;
    },
    async send(url, { method = 'GET', headers = {}, form } = {}) {
      const body = form === undefined ? undefined : new URLSearchParams(form).toString();
      const type = { 'content-type': 'application/x-www-form-urlencoded', 'content-length': String(body?.length) };
      const answer = await exchange(url, {
        method: body === undefined ? method : 'POST',
        headers: { ...headers, ...(body === undefined ? {} : type) },
        ...{ agent, body },
      });
      answered++;
      return answer;
    },
    close: () => agent.destroy(),
  };
}

interface Exchange {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly agent: Agent;
  readonly body: string | undefined;
}

function exchange(url: string, { body, ...options }: Exchange): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(url, options, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('error', reject);
      response.once('end', () => {
        const text = Buffer.concat(chunks).toString();
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
      });
    });
    sent.once('error', (error) => {
      // The server has closed a connection that was idle for too long, at the very moment of its next use: it has read
      // nothing of this request, which goes out once more on another one.
      if (sent.reusedSocket && 'code' in error && error.code === 'ECONNRESET') {
        exchange(url, { body, ...options }).then(resolve, reject);
      } else reject(error);
    });
    sent.end(body);
  });
}

export interface Page extends Answer {
  readonly url: URL;
  /** Where the last redirect led, if that is another host's. */
  readonly left: URL | undefined;
}

export interface Visitor {
  /** Opens an address of the provider, or posts to it, and follows redirects until a page or another host. */
  open(url: string, options?: Send): Promise<Page>;
  /** One request with this browser's cookies. */
  send(url: string, options?: Send): Promise<Answer>;
}

/** A browser that nobody has seen before, at one host. */
export function createVisitor(http: Http): Visitor {
  const cookies = new Map<string, { readonly pair: string; readonly path: string }>();
  const send: Visitor['send'] = async (address, { headers = {}, ...options } = {}) => {
    const { pathname } = new URL(address);
    const sent = [...cookies.values()].filter(({ path }) => pathname.startsWith(path)).map(({ pair }) => pair);
    const cookie: Record<string, string> = sent.length === 0 ? {} : { cookie: sent.join('; ') };
    const answer = await http.send(address, { ...options, headers: { accept: 'text/html', ...headers, ...cookie } });
    for (const line of answer.headers['set-cookie'] ?? []) keep(cookies, line);
    return answer;
  };
  return {
    send,
    async open(address, options) {
      let url = new URL(address);
      const { origin } = url;
      let answer = await send(url.href, options);
      for (let hops = 0; hops < 15 && answer.headers.location !== undefined; hops++) {
        const next = new URL(answer.headers.location, url);
        if (next.origin !== origin) return { ...answer, url, left: next };
        url = next;
        answer = await send(url.href);
      }
      return { ...answer, url, left: undefined };
    },
  };
}

function keep(cookies: Map<string, { pair: string; path: string }>, line: string): void {
  const [pair = '', ...attributes] = line.split(/; */);
  const path = attributes.find((one) => /^path=/i.test(one))?.slice(5) ?? '/';
  const name = pair.slice(0, pair.indexOf('='));
  const expires = attributes.find((one) => /^expires=/i.test(one))?.slice(8);
  const isGone = pair === `${name}=` || (expires !== undefined && Date.parse(expires) <= Date.now());
  if (isGone) cookies.delete(`${name} ${path}`);
  else cookies.set(`${name} ${path}`, { pair, path });
}
