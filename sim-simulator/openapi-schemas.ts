// The data shapes of the control API as JSON Schema, for its OpenAPI document.

type JsonObject = { [key: string]: unknown };

const time = { type: 'string', format: 'date-time' };
const pin = { type: 'string', pattern: '^[0-9]{4}$', writeOnly: true };
const msisdn = { type: 'string', examples: ['+33639980001'] };
const seq = { type: 'integer', minimum: 0, description: 'Grows with each screen and SMS; give it to `wait?after=`.' };

/** Gives the named schemas of the document. */
export function openApiSchemas(): JsonObject {
  return {
    Sim: simSchema(),
    Screen: screenSchema(),
    SimChange: simChangeSchema(),
    Behaviour: behaviourSchema({ withPin: false }),
    BehaviourChange: behaviourSchema({ withPin: true }),
    Key: keySchema(),
    Replacement: object({ iccid: { type: 'string', pattern: '^[0-9]{19,20}$' } }, ['iccid']),
    Move: object({
      label: { type: 'string', maxLength: 100 },
      device: { type: 'string', maxLength: 100 },
      model: { type: 'string', minLength: 1, maxLength: 60 },
      imei: { type: 'string', pattern: '^[0-9]{15}$', description: 'A new one for tests when left out.' },
    }),
    Spare: object({ iccid: { type: 'string' }, serial13: { type: ['string', 'null'] } }, ['iccid', 'serial13']),
    Use: object(
      {
        type: { type: 'string', enum: ['voice', 'sms', 'mms', 'data'] },
        quantity: { type: 'integer', minimum: 0, description: 'Seconds, messages or bytes.' },
        peer: { type: 'string', description: 'E.164 or a short number; not of `data`.' },
        abroad: { type: 'string', pattern: '^[A-Z]{2}$', description: 'Country of the phone, if not its own.' },
      },
      ['type'],
    ),
    UsageRecord: object(
      {
        ...{ eventId: { type: 'string' }, at: time, msisdn, type: { type: 'string' }, quantity: { type: 'integer' } },
        ...{ peer: { type: 'string' }, abroad: { type: 'string' } },
        state: { type: 'string', enum: ['waiting', 'delivered', 'refused', 'unsent'] },
      },
      ['eventId', 'at', 'msisdn', 'type', 'quantity', 'state'],
    ),
    Sms: object({ seq, from: { type: 'string' }, text: { type: 'string' }, at: time }, ['seq', 'from', 'text', 'at']),
    Mail: object(
      {
        to: { type: 'array', items: { type: 'string', format: 'email' } },
        subject: { type: 'string' },
        text: { type: 'string' },
        html: { type: 'string' },
        at: time,
      },
      ['to', 'subject', 'text', 'html', 'at'],
    ),
    Event: {
      ...object({ seq, at: time, type: { type: 'string' }, msisdn }, ['seq', 'at', 'type']),
      additionalProperties: true,
    },
    Problem: object(
      {
        type: { type: 'string' },
        title: { type: 'string' },
        status: { type: 'integer' },
        code: { type: 'string', examples: ['no_screen', 'wrong_key', 'unknown_sim'] },
        detail: { type: 'string' },
      },
      ['type', 'title', 'status', 'code', 'detail'],
    ),
  };
}

function simSchema(): JsonObject {
  const properties = {
    msisdn,
    label: { type: 'string', description: 'Whose phone this is; may be empty.' },
    device: { type: 'string', examples: ['phone', '4g-box'] },
    model: { type: 'string', description: 'Of the phone, as its maker calls it.' },
    imei: { type: 'string', pattern: '^[0-9]{15}$' },
    iccid: { type: 'string' },
    power: { type: 'boolean' },
    poweredOnAt: {
      type: ['string', 'null'],
      format: 'date-time',
      description: 'When it was last switched on; null before the first time since the start.',
    },
    coverage: { type: 'boolean' },
    unlocked: { type: 'boolean' },
    enrolled: { type: 'boolean' },
    triesLeft: { type: ['integer', 'null'], description: 'Null when not enrolled.' },
    blocked: { type: 'boolean' },
    screen: { oneOf: [{ type: 'null' }, { $ref: '#/components/schemas/Screen' }] },
    behaviour: { $ref: '#/components/schemas/Behaviour' },
  };
  return object(properties, Object.keys(properties));
}

function screenSchema(): JsonObject {
  return object(
    {
      seq,
      kind: { type: 'string', enum: ['text', 'confirm', 'pin', 'new-pin', 'code'] },
      title: { type: 'string' },
      text: { type: 'string' },
      referenceCode: {
        type: ['string', 'null'],
        description: 'Four digits; null in kind `code`, where the person types it.',
      },
    },
    ['seq', 'kind', 'title', 'text', 'referenceCode'],
  );
}

function simChangeSchema(): JsonObject {
  return {
    ...object({
      power: { type: 'boolean' },
      coverage: { type: 'boolean' },
      unlocked: { type: 'boolean' },
      behaviour: { $ref: '#/components/schemas/BehaviourChange' },
    }),
    minProperties: 1,
  };
}

function behaviourSchema({ withPin }: { withPin: boolean }): JsonObject {
  const delayMs = { type: 'integer', minimum: 0, description: 'Milliseconds before the answer.' };
  const times = { type: 'integer', minimum: 1, description: 'How many wrong PINs are typed.' };
  const pinIfAsked = withPin ? { pin } : {};
  return {
    oneOf: [
      object({ mode: { const: 'manual' } }, ['mode']),
      object({ mode: { const: 'approve' }, delayMs, ...pinIfAsked }, ['mode']),
      object({ mode: { const: 'refuse' }, delayMs }, ['mode']),
      object({ mode: { const: 'fraud' }, delayMs }, ['mode']),
      object({ mode: { const: 'ignore' } }, ['mode']),
      object({ mode: { const: 'wrong-pin' }, times, delayMs, ...pinIfAsked }, ['mode']),
      object({ mode: { const: 'bad-signature' }, delayMs, ...pinIfAsked }, ['mode']),
    ],
  };
}

function keySchema(): JsonObject {
  const pressed = { const: true };
  return {
    oneOf: [
      object({ ok: pressed }, ['ok']),
      object({ pin }, ['pin']),
      object({ code: { type: 'string', pattern: '^[0-9]{4}$' } }, ['code']),
      object({ cancel: pressed }, ['cancel']),
      object({ back: pressed }, ['back']),
      object({ fraud: pressed }, ['fraud']),
    ],
  };
}

function object(properties: JsonObject, required: string[] = []): JsonObject {
  return { type: 'object', properties, ...(required.length > 0 ? { required } : {}) };
}
