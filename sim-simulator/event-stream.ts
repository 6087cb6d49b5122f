// The event log as server-sent events: what was kept since `Last-Event-ID`, then everything new until the caller goes.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { EventLog, SimulatorEvent } from './event-log.ts';

const HEARTBEAT_MS = 15_000;
const MAX_UNSENT = 1024 * 1024;

/** Streams events until the connection closes; a caller that does not read is cut off. */
export function streamEvents(request: IncomingMessage, response: ServerResponse, events: EventLog): void {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  response.write(': simulator\n\n');

  function send(text: string): void {
    if (response.writableLength > MAX_UNSENT) {
      response.destroy();
    } else {
      response.write(text);
    }
  }

  const stopListening = events.listen((event) => send(blockOf(event)));
  const heartbeat = setInterval(() => send(': alive\n\n'), HEARTBEAT_MS).unref();
  response.on('close', () => {
    stopListening();
    clearInterval(heartbeat);
  });
  const lastSeen = Number(request.headers['last-event-id'] ?? Number.NaN);
  if (Number.isSafeInteger(lastSeen)) {
    events.since(lastSeen).forEach((event) => {
      send(blockOf(event));
    });
  }
}

function blockOf(event: SimulatorEvent): string {
  return `id: ${event.seq}\ndata: ${JSON.stringify(event)}\n\n`;
}
