// The validity period of a short message (SMPP 3.4, 7.1.1): relative (`R`) or absolute (`+`, `-`). Pure.

const DAY_MS = 86_400_000;
const DEFAULT_MS = DAY_MS;
const LONGEST_MS = 7 * DAY_MS;

/** When a message is given up, at most 7 days after `now`; undefined when the text is not a time. Empty means a day. */
export function expiryOf(period: string, now: Date): Date | undefined {
  if (period === '') {
    return new Date(now.getTime() + DEFAULT_MS);
  }
  const match = /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d)(\d\d)([R+-])$/.exec(period);
  if (match === null) {
    return undefined;
  }
  const [years = 0, months = 0, days = 0, hours = 0, minutes = 0, seconds = 0, tenths = 0, quarters = 0] = match
    .slice(1, 9)
    .map(Number);
  const relativeMs =
    (years * 365 + months * 30 + days) * DAY_MS + ((hours * 60 + minutes) * 60 + seconds) * 1000 + tenths * 100;
  if (match[9] === 'R') {
    return new Date(now.getTime() + Math.min(relativeMs, LONGEST_MS));
  }
  const offsetMs = quarters * 15 * 60_000 * (match[9] === '+' ? 1 : -1);
  const wallClock = Date.UTC(2000 + years, months - 1, days, hours, minutes, seconds, tenths * 100);
  return new Date(Math.min(wallClock - offsetMs, now.getTime() + LONGEST_MS));
}
