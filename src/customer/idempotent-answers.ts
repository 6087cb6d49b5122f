// Repeats of a request with the same Idempotency-Key get the answer of the first one, for a day (decisions 51).
// Where an effect must not happen twice even if this process dies in between, the use case writes the key beside it.
import { createHash } from 'node:crypto';
import { AppError } from '../errors.ts';
import type { MasterKey } from '../ops/master-key.ts';
import type { EphemeralStore } from '../storage/ephemeral.ts';

export interface IdempotentAnswersDeps {
  readonly ephemeral: EphemeralStore;
  readonly masterKey: Pick<MasterKey, 'seal' | 'open'>;
}

export interface IdempotentClaim {
  /** Account and route. */
  readonly owner: string;
  readonly key: string;
  /** The request in one text: another one with the same key is refused. */
  readonly request: string;
}

export interface IdempotentAnswers {
  /**
   * Runs `act` for the first of equal requests; later ones get its answer. What `act` throws is not kept: the caller
   * may correct and repeat. Throws AppError('idempotency_mismatch') and AppError('request_in_progress').
   */
  once<Answer extends object>(claim: IdempotentClaim, act: () => Promise<Answer>): Promise<Answer>;
}

const kind = 'idempotency';
const daySeconds = 86_400;
// Longer than any request takes: after a crash the key is free again.
const runningSeconds = 60;

/** Makes it over its dependencies. */
export function createIdempotentAnswers({ ephemeral, masterKey }: IdempotentAnswersDeps): IdempotentAnswers {
  return {
    async once(claim, act) {
      const id = digest(`${claim.owner}\0${claim.key}`);
      const request = digest(claim.request);
      const place = { table: 'ephemeral_records', column: kind, row: id };
      if (!(await ephemeral.insert(kind, id, { value: { request }, ttlSeconds: runningSeconds }))) {
        const found = await ephemeral.find(kind, id);
        const before = found?.value as { request: string; answer?: string } | undefined;
        if (before?.request !== undefined && before.request !== request) throw new AppError('idempotency_mismatch');
        if (before?.answer === undefined) throw new AppError('request_in_progress', { retryAfterSeconds: 1 });
        return JSON.parse(masterKey.open(place, before.answer).toString());
      }
      try {
        const answer = await act();
        // Sealed: it holds what the customer was told.
        const value = { request, answer: masterKey.seal(place, JSON.stringify(answer)) };
        await ephemeral.put(kind, id, { value, ttlSeconds: daySeconds });
        return answer;
      } catch (error) {
        await ephemeral.remove(kind, id);
        throw error;
      }
    },
  };
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}
