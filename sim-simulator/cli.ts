// The simulator's command line: `npm run sim -- <command>`. Process and streams only; cli-program.ts has the rest.

import { runCli } from './cli-program.ts';

const ended = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => ended.abort());
// Started by another process with a channel between the two: when that one dies, however it dies, this one ends too.
process.once('disconnect', () => ended.abort());
process.channel?.unref();
// `sim events | head` closes the pipe when it has enough.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

process.exitCode = await runCli(process.argv.slice(2), {
  terminal: {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    colours: process.stdout.isTTY === true && process.stdout.hasColors(),
  },
  signal: ended.signal,
});
