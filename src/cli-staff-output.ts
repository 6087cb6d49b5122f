// What all staff commands share: the --json flag, reading answers, and the error for arguments that do not fit.
import { Command } from 'commander';

export interface StaffDeps {
  /** Runs the named operation and gives its JSON. */
  readonly run: (name: string, input?: unknown) => Promise<unknown>;
  readonly print: (text: string) => void;
  /** Sets the exit code of a command that worked and found something wrong. */
  readonly fail: () => void;
}

export type Json = Readonly<Record<string, unknown>>;

export interface JsonOption {
  readonly json?: boolean;
}

/** A leaf with --json: with it the operation's answer as it is, else what `show` makes of it. */
export function leaf(name: string, description: string): Command {
  return new Command(name).description(description).option('--json', 'print JSON');
}

/** Prints the answer: as JSON if that was asked for, else as words. */
export function output(
  { print }: StaffDeps,
  options: JsonOption,
  answer: unknown,
  show: (answer: Json) => string,
): void {
  print(options.json ? JSON.stringify(answer, null, 2) : show(asJson(answer)));
}

/** The members of an object; of anything else, none. */
export function asJson(answer: unknown): Json {
  return typeof answer === 'object' && answer !== null ? { ...answer } : {};
}

/** The objects of a list; of anything else, none. */
export function rows(list: unknown): Json[] {
  return Array.isArray(list) ? list.map(asJson) : [];
}

/** The arguments do not fit. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
