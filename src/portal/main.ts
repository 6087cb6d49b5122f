// Command line of the demo portal: reads the flags, starts it, prints one line when it is ready, stops on a signal.

import { startPortal } from './app.ts';
import { OptionsError, parseCommandLine, usage } from './options.ts';
import { reportLine } from './report.ts';

const stopSignals = ['SIGTERM', 'SIGINT'] as const;

async function main(argv: readonly string[]): Promise<void> {
  const settings = parseCommandLine(argv);
  if (settings === 'help') {
    console.log(usage);
    return;
  }
  const portal = await startPortal(settings, { report: (event) => console.error(reportLine(event, new Date())) });
  console.log(JSON.stringify({ ready: { url: portal.url } }));
  const stop = (): void => {
    // The channel to a parent would keep this process alive.
    process.channel?.unref();
    void portal.stop();
  };
  for (const signal of stopSignals) process.once(signal, stop);
  // Started by another process (the demo), it ends with it.
  process.once('disconnect', stop);
}

if (import.meta.main) {
  try {
    await main(process.argv.slice(2));
  } catch (error) {
    const isUsage = error instanceof OptionsError;
    console.error(isUsage || error instanceof Error ? error.message : 'The portal could not start.');
    process.exitCode = isUsage ? 2 : 1;
  }
}
