// The levels of mission 4.1: what a token must prove, how fresh, and for M that the service still stands. Answers with
// a challenge that a client can turn into an authorization request (RFC 9470).
import { StepUpError, UnavailableUntilError } from './problems.ts';
import type { ApiContext, ApiToken, LevelDemand } from './route-types.ts';
import { freshSeconds } from './strong-level.ts';

/** `lines` tells the state of the service; needed where a route has level M. */
export type StepUpDeps = Pick<ApiContext, 'now' | 'lines'>;

interface Demand {
  readonly leastLoa: number;
  readonly maxAgeSeconds: number | undefined;
  /** A lock or hold after the login counts too (mission 4.1, rule 6). */
  readonly serviceNow: boolean;
}

const demands: Record<LevelDemand, Demand> = {
  P: { leastLoa: 1, maxAgeSeconds: undefined, serviceNow: false },
  Pf: { leastLoa: 1, maxAgeSeconds: freshSeconds, serviceNow: false },
  M: { leastLoa: 3, maxAgeSeconds: 900, serviceNow: true },
  // What exactly is asked for depends on the customer's lines: strong-level.ts.
  'M*': { leastLoa: 1, maxAgeSeconds: undefined, serviceNow: false },
};

/** Throws StepUpError, or UnavailableUntilError while Mobile Connect is locked or held (X43). */
export async function requireLevel(deps: StepUpDeps, level: LevelDemand, token: ApiToken): Promise<void> {
  const { leastLoa, maxAgeSeconds, serviceNow } = demands[level];
  const ageSeconds = (deps.now().getTime() - token.authTime.getTime()) / 1_000;
  const isFresh = maxAgeSeconds === undefined || ageSeconds <= maxAgeSeconds;
  // Told even to a token that is too low: a new login would end at the same wall.
  if (serviceNow) await requireService(deps, token, { leastLoa, maxAgeSeconds });
  if (token.loa < leastLoa || !isFresh) throw new StepUpError(String(leastLoa), maxAgeSeconds);
}

async function requireService(
  { lines }: StepUpDeps,
  { accountId }: ApiToken,
  { leastLoa, maxAgeSeconds }: Omit<Demand, 'serviceNow'>,
): Promise<void> {
  if (lines === undefined) throw new Error('a route of level M without the state of the service');
  const demand = await lines.demandNow(accountId);
  if (demand.kind === 'later') throw new UnavailableUntilError(demand.availableAt);
  // Suspended, or not active at all: whoever may log in with the PIN again may come back.
  if (demand.kind !== 'sim-pin') throw new StepUpError(String(leastLoa), maxAgeSeconds);
}
