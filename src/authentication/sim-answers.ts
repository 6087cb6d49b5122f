// Takes what the SIMs send back: the raw message is committed before the SMSC is told, the rest may be repeated.
// Whatever fails a check is dropped in silence with one metric and one audit event (sim-channel 5.6).
import { parseMsisdn } from '../identifiers.ts';
import { parseAnswer } from '../messaging/applet-answer.ts';
import { parseResponsePacket } from '../messaging/ota-packet.ts';
import type { Log } from '../ops/log.ts';
import type { MasterKey } from '../ops/master-key.ts';
import { markUnsent, takePacketCounter } from '../storage/attempt-sending.ts';
import { findByPacketCounter } from '../storage/attempts.ts';
import type { Database } from '../storage/database.ts';
import { countFailure, findInbound, insertInbound, listUnprocessed, markProcessed } from '../storage/sim-answers.ts';
import { findLineByNumber, type LineState } from '../storage/subscribers.ts';
import type { SimRow } from '../storage/tables.ts';
import type { AnswerJudge } from './answer-judge.ts';
import type { SimKeyring } from './sim-keyring.ts';

/** A short message as the SMSC session hands it over. */
export interface InboundShortMessage {
  readonly source: string;
  readonly body: Buffer;
}

export interface SimAnswersDeps {
  readonly database: Database;
  readonly masterKey: MasterKey;
  readonly keyring: SimKeyring;
  readonly judge: AnswerJudge;
  readonly log: Log;
  /** Only the sandbox believes SIMs of origin `test`. */
  readonly testSimsAllowed: boolean;
}

export interface SimAnswers {
  /** Commits the message; resolves when the SMSC may forget it. Processing goes on after that. */
  receive(message: InboundShortMessage): Promise<void>;
  /** Processes what a dying node left behind. */
  sweep(): Promise<void>;
  /** Resolves when nothing that was received is still in work. */
  settle(): Promise<void>;
}

/** CNTR after "counter low": far beyond whatever a restored database may have used (sim-channel 5.6). */
const counterJump = 65_536;
const counterLow = 0x02;

/** Makes the functions over their dependencies. */
export function createSimAnswers(deps: SimAnswersDeps): SimAnswers {
  const { database, masterKey, log } = deps;
  const working = new Set<Promise<void>>();
  const work = (id: number): void => {
    const done = processMessage(deps, id)
      .catch(async (error: unknown) => {
        log.error({ err: error, message: id }, 'an answer could not be processed; it will be tried again');
        await countFailure(database.db, id);
      })
      .catch((error: unknown) => log.error({ err: error }, 'the database cannot be reached'))
      .finally(() => working.delete(done));
    working.add(done);
  };
  return {
    async receive({ source, body }) {
      const id = await insertInbound(database.db, {
        sourceHash: masterKey.index('msisdn', source),
        sourceSealed: masterKey.seal(sourcePlace, source),
        bodySealed: masterKey.seal(bodyPlace, body),
      });
      work(id);
    },
    async sweep() {
      for (const id of await listUnprocessed(database.db, 5)) work(id);
    },
    async settle() {
      while (working.size > 0) await Promise.all(working);
    },
  };
}

const sourcePlace = { table: 'inbound_messages', column: 'source_sealed', row: '' } as const;
const bodyPlace = { table: 'inbound_messages', column: 'body_sealed', row: '' } as const;

async function processMessage(deps: SimAnswersDeps, id: number): Promise<void> {
  const { database, masterKey } = deps;
  const stored = await findInbound(database.db, id);
  if (stored === undefined) return;
  const source = masterKey.open(sourcePlace, stored.sourceSealed).toString();
  const body = masterKey.open(bodyPlace, stored.bodySealed);
  const outcome = await route(deps, { source, body, receivedAt: stored.receivedAt });
  if (outcome !== 'handled' && outcome !== 'duplicate') await deps.judge.dropped(outcome);
  await markProcessed(database.db, id, outcome);
}

interface Arrived {
  readonly source: string;
  readonly body: Buffer;
  readonly receivedAt: Date;
}

/** The number is only a routing hint: it names the SIM whose keys are tried, nothing else. */
async function route(deps: SimAnswersDeps, arrived: Arrived): Promise<string> {
  const target = await findTarget(deps, arrived.source);
  if (target?.sim === undefined || (target.sim.origin === 'test' && !deps.testSimsAllowed)) return 'unknown-source';
  const { sim } = target;
  const keys = await deps.keyring.keysOf(deps.database.db, sim);
  const packet = parseResponsePacket(arrived.body, { keys });
  if (packet.kind === 'rejected') return `packet-${packet.reason}`;
  if (packet.rsc !== 0) return await onPacketStatus(deps, sim, packet);
  // A bare proof of receipt: the card has the packet. It says nothing about its user.
  if (packet.data.length === 0) return 'handled';
  const answer = parseAnswer(packet.data);
  if (answer.kind === 'rejected') return `answer-${answer.reason}`;
  return await deps.judge.judge({
    target,
    sim,
    keys,
    answer: packet.data,
    fields: answer,
    receivedAt: arrived.receivedAt,
  });
}

async function findTarget(deps: SimAnswersDeps, source: string): Promise<LineState | undefined> {
  try {
    return await findLineByNumber(deps.database.db, parseMsisdn(source.startsWith('+') ? source : `+${source}`));
  } catch {
    return undefined;
  }
}

/** An authenticated packet status acts only if it echoes the latest counter sent: 02 jumps ahead and sends again. */
async function onPacketStatus(
  deps: SimAnswersDeps,
  sim: SimRow,
  packet: { rsc: number; counter: number },
): Promise<string> {
  const reason = `status-${packet.rsc.toString(16).padStart(2, '0')}`;
  if (packet.rsc !== counterLow || packet.counter !== sim.packetCounter) return reason;
  await deps.database.transaction(async (tx) => {
    const attempt = await findByPacketCounter(tx, sim.id, packet.counter);
    if (attempt === undefined) return;
    await takePacketCounter(tx, sim.id, counterJump);
    await markUnsent(tx, attempt.id);
  });
  return reason;
}
