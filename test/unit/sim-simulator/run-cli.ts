// Runs one command line of the simulator in this process and gives what it printed.
import { runCli } from '../../../sim-simulator/cli-program.ts';

export type RunOptions = { colours?: boolean; signal?: AbortSignal };

export async function run(words: string[], options: RunOptions = {}) {
  const out: string[] = [];
  const err: string[] = [];
  const terminal = {
    out: (text: string) => void out.push(text),
    err: (text: string) => void err.push(text),
    colours: options.colours ?? false,
  };
  const code = await runCli(words, { terminal, signal: options.signal ?? new AbortController().signal });
  return { code, out: out.join(''), err: err.join('') };
}
