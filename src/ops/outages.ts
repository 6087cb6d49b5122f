// What is thrown below, as an error that an edge can tell: a server that is gone is "try again", not a fault of ours.
import { AppError } from '../errors.ts';

// Of the operating system; of PostgreSQL: connection exceptions (08), shutdown and start (57P01 to 57P03), no free
// connection (53300); of our connection to Redis.
const codes =
  /^(?:REDIS_UNAVAILABLE|ECONNREFUSED|ECONNRESET|ECONNABORTED|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN|08\w{3}|57P0[123]|53300)$/;
// Said without a code, or (the last) with one of many meanings.
const words =
  /^(?:Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|database ".*" is not currently accepting connections)/;

const retrySeconds = 5;

/** True for what a driver throws when its server has gone, or takes no connection at the moment; also as a cause. */
export function isOutage(thrown: unknown): boolean {
  if (!(thrown instanceof Error)) return false;
  if (thrown.cause !== undefined && isOutage(thrown.cause)) return true;
  return ('code' in thrown && codes.test(String(thrown.code))) || words.test(thrown.message);
}

/** An AppError as it is, an outage as `temporarily_unavailable`, everything else as `internal`. */
export function toAppError(thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown;
  if (isOutage(thrown)) {
    return new AppError('temporarily_unavailable', { cause: thrown, retryAfterSeconds: retrySeconds });
  }
  return new AppError('internal', { cause: thrown });
}
