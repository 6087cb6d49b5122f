// SMSC, SIMs and phones in a process of their own.
import { openSimulator } from '../support/flow-world.ts';
import { serveParent } from './parent-talk.ts';

const { BENCH_DIRECTORY: directory = '', BENCH_EXPORT: exportFile = '', SMPP_PORT, SMTP_PORT } = process.env;
const simulator = await openSimulator({
  ...{ exportFile, directory },
  smppPort: Number(SMPP_PORT),
  smtpPort: Number(SMTP_PORT),
  onEvent: () => {},
});
serveParent({ ready: { url: simulator.url }, stop: simulator.stop });
