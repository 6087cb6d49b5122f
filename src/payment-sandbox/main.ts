// The sandbox payment provider as a process: `node src/payment-sandbox/main.ts --port 3005 --notify-url … --secret …`.
// For a merchant on this machine only: it takes no money.
import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { startPaymentSandbox } from './app.ts';

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '3005' },
    'notify-url': { type: 'string' },
    secret: { type: 'string' },
  },
});
const notifyUrl = values['notify-url'] ?? '';
const { secret = '' } = values;
const host = URL.parse(notifyUrl)?.hostname ?? '';
if (!/^(localhost|127(\.[0-9]+){3}|\[::1\])$/.test(host)) {
  process.stderr.write('--notify-url must lead to this machine: this payment provider is for the sandbox only\n');
  process.exit(78);
}
if (secret.length < 32) {
  process.stderr.write('--secret must be 32 characters or more\n');
  process.exit(78);
}
const sandbox = await startPaymentSandbox(
  { notifyUrl, secret, now: () => new Date(), randomBytes, fetch, retrySeconds: 1 },
  Number(values.port),
);
process.stdout.write(`${JSON.stringify({ ready: { payments: sandbox.url } })}\n`);

const end = (): void => void sandbox.stop().then(() => process.exit(0));
process.once('SIGINT', end);
process.once('SIGTERM', end);
// Started by another process with a channel between the two: when that one dies, however it dies, this one ends too.
process.once('disconnect', end);
process.channel?.unref();
