// What the phone shows of a login request: the client's name and one sentence.
import type { Locale } from './sign-in-types.ts';

export interface RequestWords {
  readonly serviceName: string;
  readonly message: string;
}

/** Gives the words of a login request for one client; `texts` come from the provider's own language files. */
export type RequestText = (locale: Locale, clientName: string) => RequestWords;
