// What the portal tells its operator: one JSON line per event, with error names and codes but no error texts,
// because texts and causes of OpenID errors can hold codes, tokens and addresses.

import type { Site } from './pages.ts';

export interface PortalEvent {
  readonly event: string;
  readonly site?: Site;
  readonly problem?: string;
  readonly ended?: number;
  readonly reason?: string;
  readonly error?: unknown;
}

export type Report = (event: PortalEvent) => void;

/** Makes the line for an event; of an error only its name and its code or OAuth error word remain. */
export function reportLine({ error, ...event }: PortalEvent, at: Date): string {
  return JSON.stringify({
    time: at.toISOString(),
    ...event,
    ...(error === undefined ? {} : { error: describe(error) }),
  });
}

const word = /^[\w.-]{1,80}$/;

function describe(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  const parts: unknown[] = [error.name, Reflect.get(error, 'code'), Reflect.get(error, 'error')];
  return parts.filter((part) => typeof part === 'string' && word.test(part)).join(' ');
}
