// Dates and durations on the pages, in the customers' time zone.
import type { Locale, Texts } from '../i18n.ts';

/** How a moment is said: in which language, and in whose time zone. */
export interface MomentPlace {
  readonly texts: Texts;
  readonly locale: Locale;
  readonly timeZone: string;
}

/** `22 novembre 2026 à 14:05`, `22 November 2026 at 14:05`. */
export function momentWords({ texts, locale, timeZone }: MomentPlace, at: Date): string {
  const tag = locale === 'fr' ? 'fr-FR' : 'en-GB';
  const day = new Intl.DateTimeFormat(tag, { timeZone, day: 'numeric', month: 'long', year: 'numeric' }).format(at);
  const time = new Intl.DateTimeFormat(tag, { timeZone, hour: '2-digit', minute: '2-digit' }).format(at);
  return texts.t(locale, 'mc.moment', { day, time });
}

/** `2:05` for 125 seconds. */
export function clockWords(seconds: number): string {
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

/** `40 s` or `3 min`, rounded up. */
export function waitWords(texts: Texts, locale: Locale, seconds: number): string {
  return seconds < 90
    ? texts.t(locale, 'wait.seconds', { count: seconds })
    : texts.t(locale, 'wait.minutes', { count: Math.ceil(seconds / 60) });
}
