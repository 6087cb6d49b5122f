// The OpenAPI 3.1 document of the control API, as served at /v1/openapi.json.
// Describes what is there; the behaviour itself is in control-api.ts.

import { type JsonObject, json, operation, problem, query, ref, response } from './openapi-parts.ts';
import { openApiSchemas } from './openapi-schemas.ts';

const simPath = '/v1/sims/{msisdn}';

/** Gives the OpenAPI document; `baseUrl` is the address under which the reader reached the API. */
export function openApiDocument(baseUrl: string): unknown {
  return {
    openapi: '3.1.0',
    info: {
      title: 'SIM simulator control API',
      version: '1',
      summary: 'Phones, SIM cards and messages of the simulator, for test engineers.',
      description:
        'Loopback only, unless the simulator was started with `--expose` and a token; then every call carries ' +
        '`Authorization: Bearer <token>`. Bodies are JSON. Every SIM here is a test SIM. A PIN can be written and ' +
        'is never read back.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: baseUrl.replace(/\/+$/, '') }],
    tags: [
      { name: 'phones', description: 'What a person sees and does on a phone.' },
      { name: 'messages', description: 'SMS and e-mails that arrived.' },
      { name: 'simulator', description: 'The simulator as a whole.' },
    ],
    security: [{}, { token: [] }],
    paths: { ...phonePaths(), ...usagePaths(), ...messagePaths(), ...simulatorPaths() },
    components: {
      securitySchemes: {
        token: {
          type: 'http',
          scheme: 'bearer',
          description: 'The token given to `--expose`; not needed on loopback.',
        },
      },
      parameters: { msisdn: msisdnParameter() },
      responses: sharedResponses(),
      schemas: openApiSchemas(),
    },
  };
}

function phonePaths(): JsonObject {
  return {
    '/v1/spares': {
      get: operation({
        id: 'listSpares',
        tag: 'phones',
        summary: 'SIMs that are in no phone; `replace` puts one into a phone',
        answers: { 200: json('The spare SIMs', { type: 'array', items: ref('Spare') }) },
      }),
    },
    '/v1/sims': {
      get: operation({
        id: 'listSims',
        tag: 'phones',
        summary: 'Every SIM of the fleet',
        answers: { 200: json('The fleet', { type: 'array', items: ref('Sim') }) },
      }),
    },
    [simPath]: {
      parameters: [{ $ref: '#/components/parameters/msisdn' }],
      get: operation({
        id: 'getSim',
        tag: 'phones',
        summary: 'One SIM with its screen',
        answers: { 200: json('The SIM', ref('Sim')), 404: response('UnknownSim') },
      }),
      patch: operation({
        id: 'changeSim',
        tag: 'phones',
        summary: 'Switch power, coverage or screen lock, or choose a behaviour',
        body: ref('SimChange'),
        answers: { 200: json('The SIM after it', ref('Sim')), 404: response('UnknownSim') },
      }),
    },
    [`${simPath}/wait`]: waitPath(),
    [`${simPath}/keys`]: keysPath(),
    [`${simPath}/replace`]: simAction({
      id: 'replaceSim',
      summary: 'Put a new SIM into the phone: the number stays, card and keys change',
      body: ref('Replacement'),
      conflict: '`sim_in_use`: this SIM is in another phone',
    }),
    [`${simPath}/move`]: simAction({
      id: 'moveSim',
      summary: 'Put the SIM into another phone: its inbox stays behind',
      body: ref('Move'),
    }),
  };
}

function waitPath(): JsonObject {
  return {
    parameters: [{ $ref: '#/components/parameters/msisdn' }],
    get: operation({
      id: 'waitForSim',
      tag: 'phones',
      summary: 'Wait for a screen or an SMS',
      description: 'Answers at once if one is there; with `after` only one whose `seq` is higher counts.',
      parameters: [
        query('for', 'What to wait for.', { type: 'string', enum: ['screen', 'sms'], default: 'screen' }),
        query('timeout', 'Seconds to wait at most.', { type: 'number', minimum: 0, maximum: 120, default: 20 }),
        query('after', 'A `seq` that was seen already.', { type: 'integer', minimum: 0 }),
      ],
      answers: {
        200: json('The screen or the SMS', { anyOf: [ref('Screen'), ref('Sms')] }),
        204: { description: 'None came in time' },
        404: response('UnknownSim'),
      },
    }),
  };
}

function keysPath(): JsonObject {
  return {
    parameters: [{ $ref: '#/components/parameters/msisdn' }],
    post: operation({
      id: 'pressKey',
      tag: 'phones',
      summary: 'Answer what is on the screen',
      body: ref('Key'),
      answers: {
        200: json('The SIM with the screen after it', ref('Sim')),
        404: response('UnknownSim'),
        409: problem('`no_screen`: nothing to answer; `wrong_key`: this screen does not take that key'),
      },
    }),
  };
}

function usagePaths(): JsonObject {
  const records = { type: 'array', items: ref('UsageRecord') };
  return {
    [`${simPath}/usage`]: {
      parameters: [{ $ref: '#/components/parameters/msisdn' }],
      get: operation({
        id: 'listUsageOfSim',
        tag: 'phones',
        summary: 'What this phone has used, newest first',
        answers: { 200: json('The records', records), 404: response('UnknownSim') },
      }),
      post: operation({
        id: 'usePhone',
        tag: 'phones',
        summary: 'Call, send messages or use data; the operator gets the record',
        body: ref('Use'),
        answers: {
          200: json('The record', ref('UsageRecord')),
          404: response('UnknownSim'),
          409: problem('`not_reachable`: the phone is off or without coverage'),
        },
      }),
    },
    '/v1/usage': {
      get: operation({
        id: 'listUsage',
        tag: 'phones',
        summary: 'What all phones have used, newest first, and whether the operator has it',
        answers: { 200: json('The records', records) },
      }),
    },
  };
}

function messagePaths(): JsonObject {
  return {
    [`${simPath}/inbox`]: {
      parameters: [{ $ref: '#/components/parameters/msisdn' }],
      get: operation({
        id: 'listInbox',
        tag: 'messages',
        summary: 'SMS received by this phone, newest first',
        answers: {
          200: json('The inbox', { type: 'array', items: ref('Sms') }),
          404: response('UnknownSim'),
        },
      }),
    },
    '/v1/mail': {
      get: operation({
        id: 'listMail',
        tag: 'messages',
        summary: 'E-mails received, newest first',
        parameters: [query('to', 'Only those to this address.', { type: 'string', format: 'email' })],
        answers: { 200: json('The mails', { type: 'array', items: ref('Mail') }) },
      }),
    },
  };
}

function simulatorPaths(): JsonObject {
  return {
    '/v1/reset': {
      post: operation({
        id: 'reset',
        tag: 'simulator',
        summary: 'The fleet as at start; counters are kept, because counters never go down',
        answers: { 204: { description: 'Done' } },
      }),
    },
    '/v1/events': {
      get: operation({
        id: 'followEvents',
        tag: 'simulator',
        summary: 'Everything that happens, as server-sent events',
        description:
          'One JSON object per `data:` line; `Last-Event-ID` begins after that `seq`, as far as events are kept. ' +
          'No event carries the digits of a PIN.',
        answers: {
          200: { description: 'A stream without end', content: { 'text/event-stream': { schema: ref('Event') } } },
        },
      }),
    },
    '/v1/openapi.json': {
      get: operation({
        id: 'getOpenApi',
        tag: 'simulator',
        summary: 'This document',
        answers: { 200: json('OpenAPI 3.1', { type: 'object' }) },
      }),
    },
  };
}

type SimAction = { id: string; summary: string; body: JsonObject; conflict?: string };

function simAction({ id, summary, body, conflict }: SimAction): JsonObject {
  const answers = {
    200: json('The SIM after it', ref('Sim')),
    404: response('UnknownSim'),
    ...(conflict ? { 409: problem(conflict) } : {}),
  };
  return {
    parameters: [{ $ref: '#/components/parameters/msisdn' }],
    post: operation({ id, tag: 'phones', summary, answers, body }),
  };
}

function msisdnParameter(): JsonObject {
  return {
    name: 'msisdn',
    in: 'path',
    required: true,
    description: 'The number in E.164; the plus sign may be left out.',
    schema: { type: 'string', pattern: '^\\+?[1-9][0-9]{5,14}$', examples: ['+33639980001'] },
  };
}

function sharedResponses(): JsonObject {
  return {
    BadRequest: problem('The body or a parameter is not what is expected'),
    NoToken: problem('The simulator is exposed and the token is missing or wrong'),
    Forbidden: problem('A foreign web page calls, or a host name that is not loopback'),
    UnknownSim: problem('No SIM of the fleet has this number'),
  };
}
