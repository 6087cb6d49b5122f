// The kinds of value that a configuration variable can hold: each has a zod schema, a form in words, and a unit.
// Knows no variable by name.
import { isIP } from 'node:net';
import { z } from 'zod';

export type Mode = 'demo' | 'serve' | 'tool';

/** Raw variables by name, as the process was given them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** One variable: how it is spelled, what it means, how it is read. */
export interface Variable<T> {
  readonly name: string;
  readonly about: string;
  /** The form that a value must have; shown in mistakes and in docs/config.md. */
  readonly expected: string;
  readonly schema: z.ZodType<T, string>;
  /** Used when the variable is missing; by mode where the modes differ. */
  readonly fallback: Fallback;
  /** Modes that do not start without it. */
  readonly required: readonly Mode[];
}

type Fallback = string | ((mode: Mode, environment: Environment) => string | undefined) | undefined;

interface Common {
  readonly name: string;
  readonly about: string;
  readonly fallback?: Fallback;
  readonly required?: readonly Mode[];
}

/** A variable that always has a value in the modes that demand or default it. */
export function variable<T>(common: Common, form: { expected: string; schema: z.ZodType<T, string> }): Variable<T> {
  return { required: [], fallback: undefined, ...common, ...form };
}

/** A variable that may be missing. */
export function optional<T>(of: Variable<T>): Variable<T | undefined> {
  return of;
}

type Unit = 'seconds' | 'minutes' | 'hours' | 'days' | 'months' | 'KiB' | 'times' | 'messages' | 'requests';

/** A whole number in a unit, between two bounds; both count as allowed. */
export function whole(
  name: string,
  about: string,
  range: { unit: Unit; fallback: number; least: number; most: number },
): Variable<number> {
  const { unit, fallback, least, most } = range;
  const expected = `a whole number from ${least} to ${most} (${unit})`;
  return variable({ name, about, fallback: String(fallback) }, { expected, schema: between(least, most) });
}

function between(least: number, most: number): z.ZodType<number, string> {
  return z
    .string()
    .regex(/^[0-9]{1,9}$/)
    .transform(Number)
    .refine((value) => value >= least && value <= most);
}

/** A TCP port; 0 takes any free one. */
export function port(name: string, about: string, fallback: number): Variable<number> {
  const expected = 'a port number, 1 to 65535, or 0 for any free one';
  return variable({ name, about, fallback: String(fallback) }, { expected, schema: between(0, 65_535) });
}

/** The port that another default is made of; a port that is spelled wrong is reported under its own name only. */
export function portIn(given: Environment, name: string, fallback: number): number {
  const read = between(0, 65_535).safeParse(given[name]);
  return read.success ? read.data : fallback;
}

/** One word of a closed set. */
export function choice<const Word extends string>(common: Common, words: readonly Word[]): Variable<Word> {
  return variable(common, { expected: `one of ${words.join(', ')}`, schema: z.enum(words) });
}

/** `true` or `false`. */
export function flag(common: Common): Variable<boolean> {
  const schema = z.enum(['true', 'false']).transform((word) => word === 'true');
  return variable(common, { expected: 'true or false', schema });
}

/** 32 octets in base64 (or base64url). */
export function key32(common: Common): Variable<Buffer> {
  const schema = z
    .string()
    .regex(/^[\w+/-]{43}=?$/)
    .transform((text) => Buffer.from(text, 'base64'))
    .refine((key) => key.length === 32);
  return variable(common, { expected: '32 octets in base64 (44 characters)', schema });
}

/** Comma-separated items, each tested; empty items are skipped. */
export function list(
  common: Common,
  { expected, item }: { expected: string; item: (text: string) => boolean },
): Variable<readonly string[]> {
  const schema = z
    .string()
    .max(4_096)
    .transform((text) =>
      text
        .split(',')
        .map((part) => part.trim())
        .filter((part) => part !== ''),
    )
    .refine((parts) => parts.every(item));
  return variable(common, { expected, schema });
}

/** `192.0.2.1`, `2001:db8::/32` … */
export function isAddressOrPrefix(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/');
  const family = isIP(address);
  if (family === 0 || rest.length > 0) return false;
  return bits === undefined || (/^[0-9]{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128));
}

/** A schema from a reader that gives undefined for what it does not accept. */
export function readBy<T>(read: (text: string) => T | undefined): z.ZodType<T, string> {
  return z
    .string()
    .max(4_096)
    .transform((text, context) => {
      const value = read(text);
      if (value !== undefined) return value;
      context.addIssue({ code: 'custom', message: 'not accepted' });
      return z.NEVER;
    });
}

/** The default outside `serve`, which wants the variable itself. */
export function unlessServe(text: (environment: Environment) => string) {
  return (mode: Mode, environment: Environment): string | undefined =>
    mode === 'serve' ? undefined : text(environment);
}

/** Is this host name or address the machine itself? Accepts brackets round IPv6. */
export function isLoopbackHost(host: string): boolean {
  const bare = host.toLowerCase().replace(/^\[|\]$/g, '');
  if (bare === 'localhost' || bare.endsWith('.localhost') || bare === '::1') return true;
  return isIP(bare) === 4 && bare.startsWith('127.');
}

/** Reads an absolute URL with one of the protocols (`https:`); undefined if it is none. */
export function readUrl(text: string, protocols: readonly string[]): URL | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url !== undefined && protocols.includes(url.protocol) && url.hostname !== '' ? url : undefined;
}
