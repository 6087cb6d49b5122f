// Talks to the control API of the simulator that served this page.

const tokenKey = 'sim-phone-token';

/** Thrown for an answer that is not 2xx; `code` is the API's own word, `status` the HTTP status. */
export class ApiError extends Error {
  constructor(status, code) {
    super(`The simulator answered ${status} ${code}`);
    this.status = status;
    this.code = code;
  }
}

/** Calls the API and gives the JSON of the answer, or undefined for an empty one. Throws ApiError. */
export async function call(method, path, body) {
  const answer = await fetch(path, {
    method,
    headers: headers(body === undefined ? {} : { 'content-type': 'application/json' }),
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!answer.ok) throw await toError(answer);
  const content = await answer.text();
  return content === '' ? undefined : JSON.parse(content);
}

/** Gives the path of a SIM in the API. */
export function simPath(msisdn) {
  return `/v1/sims/${encodeURIComponent(msisdn)}`;
}

/** Keeps the token of an exposed simulator for this tab. */
export function useToken(token) {
  sessionStorage.setItem(tokenKey, token);
}

/**
 * Follows the events until the page goes, with a new try after each break.
 * `fromStart` also gives what happened before, as far as the simulator keeps it.
 * `onConnection(true)` is called at each (re)connection: whoever shows state reads it anew then.
 */
export async function followEvents({ onEvent, onConnection, fromStart = false }) {
  let lastSeen = fromStart ? 0 : undefined;
  for (let waitMs = 500; ; waitMs = Math.min(waitMs * 2, 5000)) {
    try {
      const answer = await fetch('/v1/events', { headers: headers(streamHeaders(lastSeen)) });
      if (!answer.ok) throw await toError(answer);
      onConnection(true);
      waitMs = 500;
      await readEvents(answer.body, (event) => {
        lastSeen = event.seq;
        onEvent(event);
      });
    } catch (error) {
      onConnection(false, error);
    }
    await new Promise((resolve) => setTimeout(resolve, waitMs));
  }
}

function streamHeaders(lastSeen) {
  const id = lastSeen === undefined ? {} : { 'last-event-id': String(lastSeen) };
  return { accept: 'text/event-stream', ...id };
}

async function readEvents(body, onEvent) {
  let rest = '';
  for await (const chunk of streamOf(body.pipeThrough(new TextDecoderStream()))) {
    const blocks = (rest + chunk).split(/\r?\n\r?\n/);
    rest = blocks.pop();
    for (const block of blocks) {
      const data = block
        .split(/\r?\n/)
        .filter((line) => line.startsWith('data:'))
        .map((line) => line.slice(5).trimStart())
        .join('\n');
      if (data !== '') onEvent(JSON.parse(data));
    }
  }
}

// Not every mobile browser can iterate a stream itself yet.
async function* streamOf(stream) {
  const reader = stream.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    yield value;
  }
}

function headers(more) {
  const token = sessionStorage.getItem(tokenKey);
  return token === null ? more : { ...more, authorization: `Bearer ${token}` };
}

async function toError(answer) {
  const problem = await answer.json().catch(() => ({}));
  return new ApiError(answer.status, String(problem.code ?? problem.error ?? ''));
}
