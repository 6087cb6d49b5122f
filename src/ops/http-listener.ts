// Opens and closes a plain HTTP server; shared by the public, the operations and the admin listener.
import type { Server } from 'node:http';

export interface OpenListener {
  readonly port: number;
  /** `http://127.0.0.1:3003`, with the port that was taken. */
  readonly url: string;
  /** Takes no new request and lets running ones end; what still runs after a few seconds is cut. */
  close(): Promise<void>;
}

const patienceMs = 3_000;

/** Listens; port 0 takes a free one, without a host on every address. Throws when the address is taken or may not be used. */
export async function openListener(
  server: Server,
  { host, port }: { host?: string | undefined; port: number },
): Promise<OpenListener> {
  server.requestTimeout = 30_000;
  server.headersTimeout = 10_000;
  let closing = false;
  // Who keeps a connection would otherwise write the next request into one that is about to be cut.
  server.prependListener('request', (_request, response) => {
    if (closing) response.setHeader('connection', 'close');
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, ...(host === undefined ? {} : { host }) }, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the listener has no port');
  const shownHost = host?.includes(':') ? `[${host}]` : (host ?? 'localhost');
  return {
    port: address.port,
    url: `http://${shownHost}:${address.port}`,
    async close() {
      closing = true;
      const timer = setTimeout(() => server.closeAllConnections(), patienceMs);
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeIdleConnections();
      });
      clearTimeout(timer);
    },
  };
}
