// HTTP requests that leave the path as it is written (`..`, `%00`, ten thousand characters), over connections that stay.
import { Agent, request } from 'node:http';

export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

export interface RawRequest {
  readonly method: string;
  /** From the first slash on. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
}

export interface RawHttp {
  send(what: RawRequest): Promise<RawAnswer>;
  close(): void;
}

/** Opens it for a server. */
export function createRawHttp(origin: string): RawHttp {
  const agent = new Agent({ keepAlive: true, maxSockets: 8 });
  const { hostname, port } = new URL(origin);
  const send = ({ method, path, headers, body }: RawRequest): Promise<RawAnswer> =>
    new Promise<RawAnswer>((resolve, reject) => {
      const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
      const sent = request({ agent, hostname, port, method, path, headers: { ...headers, ...length } }, (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('error', reject);
        answer.on('end', () => {
          resolve({
            status: answer.statusCode ?? 0,
            headers: answer.headers,
            text: Buffer.concat(chunks).toString(),
          });
        });
      });
      sent.on('error', (error) => {
        // The server has closed a connection that stood idle, at the moment it was used: nothing was read.
        const wasClosed = sent.reusedSocket && 'code' in error && error.code === 'ECONNRESET';
        if (wasClosed) send({ method, path, headers: headers ?? {}, body }).then(resolve, reject);
        else reject(error);
      });
      sent.end(body);
    });
  return { send, close: () => agent.destroy() };
}
