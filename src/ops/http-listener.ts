// Opens and closes a plain HTTP server; shared by the operations and the admin listener.
import type { Server } from 'node:http';

export interface OpenListener {
  readonly port: number;
  /** `http://127.0.0.1:3003`, with the port that was taken. */
  readonly url: string;
  /** Takes no new request, lets running ones end, then closes the connections. */
  close(): Promise<void>;
}

/** Listens; port 0 takes a free one. Throws when the address is taken or may not be used. */
export async function openListener(
  server: Server,
  { host, port }: { host: string; port: number },
): Promise<OpenListener> {
  server.requestTimeout = 30_000;
  server.headersTimeout = 10_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the listener has no port');
  const shownHost = host.includes(':') ? `[${host}]` : host;
  return {
    port: address.port,
    url: `http://${shownHost}:${address.port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeIdleConnections();
      }),
  };
}
