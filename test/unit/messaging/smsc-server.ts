// An SMSC for the tests: the server of `smpp` on a free port, whose every answer the test decides.
import { EventEmitter, once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer, type PDU, type Session } from 'smpp';
import { parseMsisdn } from '../../../src/identifiers.ts';
import { createSmsc, type SmscOptions, type Submission } from '../../../src/messaging/smsc.ts';
import { createLog } from '../../../src/ops/log.ts';

export interface TestSmsc {
  readonly url: string;
  readonly sessions: Session[];
  /** Every request that came in, in order. */
  readonly requests: PDU[];
  /** Emits the name of each request's command with its PDU and session. */
  readonly events: EventEmitter;
  /** How to answer a command: a status, or nothing at all. Default 0. */
  readonly answers: Map<string, (pdu: PDU, session: Session) => number | undefined>;
  current(): Session;
  close(): Promise<void>;
}

export async function startTestSmsc(tls?: { key: string; cert: string }): Promise<TestSmsc> {
  const sessions: Session[] = [];
  const requests: PDU[] = [];
  const events = new EventEmitter();
  const answers: TestSmsc['answers'] = new Map();
  const onSession = (session: Session) => {
    sessions.push(session);
    session.on('error', () => session.destroy());
    session.on('pdu', (pdu: PDU) => {
      if (pdu.command.endsWith('_resp') || pdu.command === 'generic_nack') {
        events.emit(pdu.command, pdu, session);
        return;
      }
      requests.push(pdu);
      const decide = answers.get(pdu.command);
      const status = decide ? decide(pdu, session) : 0;
      if (status !== undefined) {
        const fields = pdu.command === 'submit_sm' ? { message_id: `m${requests.length}` } : {};
        session.send(pdu.response({ command_status: status, ...fields }));
      }
      events.emit(pdu.command, pdu, session);
    });
  };
  const server = tls ? createServer(tls, onSession) : createServer(onSession);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `${tls ? 'smpps' : 'smpp'}://provider:smppdemo@127.0.0.1:${port}`,
    sessions,
    requests,
    events,
    answers,
    current: () => sessions.at(-1)!,
    async close() {
      for (const session of sessions) session.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** An ESME of ours with short times, its log, and a way to wait until it is bound. */
export function aClient(url: string, change: Partial<SmscOptions> = {}) {
  const lines: string[] = [];
  const states = new EventEmitter();
  const smsc = createSmsc({
    url,
    shortCode: '12345',
    responseTimeoutSeconds: 2,
    enquireLinkSeconds: 60,
    reconnect: { firstSeconds: 0.01, mostSeconds: 0.05 },
    throttle: { firstSeconds: 0.01, mostSeconds: 0.05 },
    now: () => new Date('2026-01-02T03:04:05Z'),
    random: () => 0.5,
    log: createLog('debug', { write: (line) => lines.push(line) }),
    onDeliver: async () => {},
    onStateChange: (bound) => states.emit(bound ? 'bound' : 'lost'),
    ...change,
  });
  return {
    smsc,
    lines,
    states,
    async bound() {
      const ready = once(states, 'bound');
      smsc.start();
      await ready;
      return smsc;
    },
  };
}

export function aMessage(change: Partial<Submission> = {}): Submission {
  return {
    destination: parseMsisdn('+33639980001'),
    body: Buffer.from('027000001815063912124d4944aabbccdd', 'hex'),
    esmClass: 0x40,
    protocolId: 0x7f,
    dataCoding: 0xf6,
    validitySeconds: 90,
    registeredDelivery: 1,
    ...change,
  };
}
