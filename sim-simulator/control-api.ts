// The control API under /v1 and the files of the web phone: routes only. What a call does is in fleet.ts and phone.ts.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { parseChange, parseKey, parseMove, parseNumber, parseReplacement, parseWait } from './control-input.ts';
import type { EventLog } from './event-log.ts';
import { streamEvents } from './event-stream.ts';
import type { Fleet } from './fleet.ts';
import { checkCaller, checkToken, Problem, readJsonBody, sendJson, sendNothing, sendProblem } from './http-exchange.ts';
import type { Mailbox } from './mailbox.ts';
import { openApiDocument } from './openapi.ts';
import type { Phone } from './phone.ts';
import type { StaticFiles } from './static-files.ts';
import type { Timers } from './timers.ts';
import type { UsageBook } from './usage.ts';
import { parseUsage } from './usage-input.ts';
import { waitFor } from './wait.ts';

export interface ControlApiDeps {
  readonly fleet: Fleet;
  readonly events: EventLog;
  readonly mailbox: Pick<Mailbox, 'list'>;
  readonly usage: Pick<UsageBook, 'add' | 'list'>;
  readonly files: StaticFiles;
  readonly timers: Timers;
  readonly expose: { token: string } | undefined;
  /** The fleet as in the export, and no message left on its way. */
  readonly reset: () => Promise<void>;
}

interface Call {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
  /** The segment of the path that a route leaves open. */
  readonly segment: string;
}

type Handler = (deps: ControlApiDeps, call: Call) => Promise<void> | void;

const SIM = '/v1/sims/:msisdn';

const ROUTES: Readonly<Record<string, Readonly<Record<string, Handler>>>> = {
  '/v1/sims': {
    GET: ({ fleet }, { response }) =>
      sendJson(
        response,
        fleet.phones().map((phone) => phone.view()),
      ),
  },
  [SIM]: { GET: showSim, PATCH: changeSim },
  [`${SIM}/wait`]: { GET: waitForSim },
  [`${SIM}/keys`]: { POST: pressKey },
  [`${SIM}/usage`]: { GET: listUsage, POST: usePhone },
  [`${SIM}/replace`]: { POST: replaceSim },
  [`${SIM}/move`]: { POST: moveSim },
  [`${SIM}/inbox`]: { GET: (deps, call) => sendJson(call.response, phoneOf(deps, call).inbox()) },
  '/v1/spares': { GET: ({ fleet }, { response }) => sendJson(response, fleet.spares()) },
  '/v1/usage': { GET: ({ usage }, { response }) => sendJson(response, usage.list()) },
  '/v1/mail': {
    GET: ({ mailbox }, { response, url }) => sendJson(response, mailbox.list(url.searchParams.get('to') ?? undefined)),
  },
  '/v1/reset': { POST: reset },
  '/v1/events': { GET: ({ events }, { request, response }) => streamEvents(request, response, events) },
  '/v1/openapi.json': {
    GET: (_deps, { response, url }) => sendJson(response, openApiDocument(url.origin)),
  },
};

/** The HTTP server of the control API; not listening yet. */
export function createControlApi(deps: ControlApiDeps): Server {
  return createServer((request, response) => {
    serve(deps, request, response).catch((error: unknown) => {
      sendProblem(response, error, (fault) => deps.events.emit('simulator.failed', { reason: String(fault) }));
    });
  });
}

async function serve(deps: ControlApiDeps, request: IncomingMessage, response: ServerResponse): Promise<void> {
  checkCaller(request, deps.expose);
  const url = urlOf(request);
  if (!url.pathname.startsWith('/v1/')) {
    // The pages carry nothing secret; they ask for the token themselves.
    if (request.method !== 'GET' || !deps.files.serve(url.pathname, response)) {
      throw new Problem('not_found');
    }
    return;
  }
  checkToken(request, deps.expose);
  const { route, segment } = routeOf(url.pathname);
  const handler = route[request.method ?? ''];
  if (handler === undefined) {
    throw new Problem('method_not_allowed');
  }
  await handler(deps, { request, response, url, segment });
}

function urlOf(request: IncomingMessage): URL {
  const base = `http://${request.headers.host ?? 'localhost'}`;
  const url = URL.parse(request.url ?? '/', base);
  if (url === null) {
    throw new Problem('not_found');
  }
  return url;
}

function routeOf(path: string): { route: Readonly<Record<string, Handler>>; segment: string } {
  const [, , group = '', segment = ''] = path.split('/');
  const pattern = group === 'sims' && segment !== '' ? path.replace(`/sims/${segment}`, '/sims/:msisdn') : path;
  const route = Object.hasOwn(ROUTES, pattern) ? ROUTES[pattern] : undefined;
  if (route === undefined) {
    throw new Problem('not_found');
  }
  return { route, segment };
}

function phoneOf({ fleet }: ControlApiDeps, { segment }: Call): Phone {
  const phone = fleet.phone(parseNumber(segment));
  if (phone === undefined) {
    throw new Problem('unknown_sim');
  }
  return phone;
}

function showSim(deps: ControlApiDeps, call: Call): void {
  sendJson(call.response, phoneOf(deps, call).view());
}

async function changeSim(deps: ControlApiDeps, call: Call): Promise<void> {
  const phone = phoneOf(deps, call);
  const change = parseChange(await readJsonBody(call.request));
  // First how the person acts, then what lets messages in.
  if (change.behaviour !== undefined) {
    phone.setBehaviour(change.behaviour);
  }
  if (change.unlocked !== undefined) {
    phone.setUnlocked(change.unlocked);
  }
  if (change.coverage !== undefined) {
    phone.setCoverage(change.coverage);
  }
  if (change.power !== undefined) {
    await phone.setPower(change.power);
  }
  sendJson(call.response, phone.view());
}

async function pressKey(deps: ControlApiDeps, call: Call): Promise<void> {
  const phone = phoneOf(deps, call);
  const outcome = await phone.press(parseKey(await readJsonBody(call.request)));
  if (outcome !== 'taken') {
    throw new Problem(outcome);
  }
  sendJson(call.response, phone.view());
}

async function usePhone(deps: ControlApiDeps, call: Call): Promise<void> {
  const phone = phoneOf(deps, call);
  const wish = parseUsage(await readJsonBody(call.request));
  if (!phone.isReachable()) {
    throw new Problem('not_reachable');
  }
  sendJson(call.response, deps.usage.add(phone.msisdn, wish));
}

function listUsage(deps: ControlApiDeps, call: Call): void {
  sendJson(call.response, deps.usage.list(phoneOf(deps, call).msisdn));
}

async function waitForSim(deps: ControlApiDeps, call: Call): Promise<void> {
  const phone = phoneOf(deps, call);
  const query = parseWait(call.url.searchParams);
  const gone = new Promise<void>((resolve) => call.response.once('close', resolve));
  const found = await waitFor({ ...deps, msisdn: phone.msisdn }, query, gone);
  if (found === undefined) {
    sendNothing(call.response);
  } else {
    sendJson(call.response, found);
  }
}

async function replaceSim(deps: ControlApiDeps, call: Call): Promise<void> {
  const phone = phoneOf(deps, call);
  const { iccid } = parseReplacement(await readJsonBody(call.request));
  const outcome = await deps.fleet.replace(phone.msisdn, iccid);
  if (outcome === 'unknown_sim') {
    throw new Problem('unknown_sim', 'No SIM of the fleet has this ICCID');
  }
  if (outcome === 'sim_in_use') {
    throw new Problem('sim_in_use');
  }
  showSim(deps, call);
}

async function moveSim(deps: ControlApiDeps, call: Call): Promise<void> {
  const phone = phoneOf(deps, call);
  await phone.move(parseMove(await readJsonBody(call.request)));
  sendJson(call.response, phone.view());
}

async function reset(deps: ControlApiDeps, { request, response }: Call): Promise<void> {
  await readJsonBody(request);
  await deps.reset();
  sendNothing(response);
}
