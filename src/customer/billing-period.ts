// The billing month of a contract: from the day of the month on which it began to the same day of the next, at local
// midnight. Days after the 28th count as the 28th, so that every month has one. Pure.

export interface BillingPeriod {
  readonly start: Date;
  /** The first moment after it. */
  readonly end: Date;
}

const lastDay = 28;

/** The billing month that a moment lies in. `timeZone`: of the brand. */
export function billingPeriodAt(
  { startedAt }: { readonly startedAt: Date },
  { at, timeZone }: { at: Date; timeZone: string },
): BillingPeriod {
  const clock = clockOf(timeZone);
  const anchor = Math.min(clock(startedAt).day, lastDay);
  const { year, month, day } = clock(at);
  const first = day >= anchor ? month : month - 1;
  return {
    start: midnight({ year, month: first, day: anchor }, clock),
    end: midnight({ year, month: first + 1, day: anchor }, clock),
  };
}

/** The one before. */
export function periodBefore(
  contract: { readonly startedAt: Date },
  { start, timeZone }: { start: Date; timeZone: string },
): BillingPeriod {
  return billingPeriodAt(contract, { at: new Date(start.getTime() - 1), timeZone });
}

interface Day {
  readonly year: number;
  /** 1 to 12; others lie in the years beside. */
  readonly month: number;
  readonly day: number;
}

type Clock = (at: Date) => Day & { readonly hour: number; readonly minute: number };

function clockOf(timeZone: string): Clock {
  const format = new Intl.DateTimeFormat('en-GB', {
    ...{ timeZone, year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit' },
    hourCycle: 'h23',
  });
  return (at) => {
    const shown = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0 } = shown;
    return { year, month, day, hour, minute };
  };
}

/** The moment at which clocks of the zone show midnight. */
function midnight({ year, month, day }: Day, clock: Clock): Date {
  const shown = Date.UTC(year, month - 1, day);
  const offsetAt = (at: number): number => {
    const local = clock(new Date(at));
    return Date.UTC(local.year, local.month - 1, local.day, local.hour, local.minute) - at;
  };
  return new Date(shown - offsetAt(shown - offsetAt(shown)));
}
