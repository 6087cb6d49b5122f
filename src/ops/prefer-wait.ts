// The header `Prefer: wait=N` of a long poll (RFC 7240, 4.3).

const longestWaitSeconds = 30;

/** Seconds of `Prefer: wait=N`, at most 30; 0 without the preference. */
export function preferredWait(prefer: string): number {
  const seconds = /(?:^|[,;\s])wait\s*=\s*"?(\d{1,4})\b/i.exec(prefer)?.[1];
  return Math.min(Number(seconds ?? 0), longestWaitSeconds);
}
