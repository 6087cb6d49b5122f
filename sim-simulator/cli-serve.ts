// The command that runs the simulator until it is told to stop.

import { randomBytes } from 'node:crypto';
import { type Command, Option } from 'commander';
import { type CliContext, CliError, exitCodes, paint, printJson, printLine } from './cli-terminal.ts';
import { readFleetExport } from './fleet-export.ts';

type ServeOptions = {
  exportFile: string;
  state: string;
  port: string;
  smppPort: string;
  smtpPort: string;
  host: string;
  systemId: string;
  password: string;
  shortCode: string;
  fresh?: true;
  networkUrl?: string;
  networkToken?: string;
  expose?: true;
  token?: string;
};

/** Adds `serve` to the program. */
export function addServeCommand(program: Command, context: CliContext): void {
  program
    .command('serve')
    .description('run SMSC, phones, SIMs and mail box')
    .option('--export-file <file>', 'SIMs and their test keys, made by the provider', '.data/simulator/export.json')
    .option('--state <directory>', 'where cards keep counters and tries', '.data/simulator')
    .option('--port <port>', 'web phones and control API, 0 for any', '3002')
    .option('--smpp-port <port>', 'SMSC, 0 for any', '2775')
    .option('--smtp-port <port>', 'mail box, 0 for any', '2525')
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--system-id <id>', 'who may bind to the SMSC', 'provider')
    .option('--password <password>', 'password of the bind, at most 8 characters', 'smppdemo')
    .option('--short-code <number>', 'the number that the cards answer to', '12345')
    .option('--network-url <url>', 'where the operator hears which phone a SIM is in')
    .addOption(new Option('--network-token <token>', 'what the operator wants to be shown there').env('NETWORK_TOKEN'))
    .option('--fresh', 'forget what the cards kept')
    .option('--expose', 'listen on an address that is not loopback; needs --token')
    .addOption(new Option('--token <token>', 'what a caller must show when exposed').env('SIM_TOKEN'))
    .action((options: ServeOptions) => serve(options, context));
}

async function serve(options: ServeOptions, { terminal, signal }: CliContext): Promise<void> {
  const expose = exposureOf(options);
  const network = networkOf(options);
  await readFleetExport(options.exportFile).catch((error: unknown) => {
    throw usage('bad_export', error instanceof Error ? `${error.message}.` : 'The export file cannot be read.');
  });
  // Loaded here, so that the commands that only ask a running simulator start fast.
  const { startSimulator } = await import('./serve.ts');
  const simulator = await startSimulator({
    exportFile: options.exportFile,
    stateDirectory: options.state,
    httpPort: portOf(options.port, '--port'),
    smppPort: portOf(options.smppPort, '--smpp-port'),
    smtpPort: portOf(options.smtpPort, '--smtp-port'),
    host: options.host,
    fresh: options.fresh === true,
    systemId: options.systemId,
    password: options.password,
    shortCode: options.shortCode,
    ...(expose ? { expose } : {}),
    ...(network ? { network } : {}),
    now: () => new Date(),
    randomBytes,
  }).catch((error: unknown) => {
    throw startFailure(error);
  });
  const { url, smppPort, smtpPort } = simulator;
  printLine(terminal, paint(terminal, 'yellow', 'TEST SIM: no real network, no real card.'));
  printLine(terminal, `Web phones and control API  ${url}/  (OpenAPI at ${url}/v1/openapi.json)`);
  printLine(terminal, `SMSC                        smpp://${options.host}:${smppPort}, system id ${options.systemId}`);
  printLine(terminal, `Mail box                    smtp://${options.host}:${smtpPort}`);
  printJson(terminal, { ready: { url, smppPort, smtpPort } });
  await untilAborted(signal);
  await simulator.stop();
}

function exposureOf({ expose, token, host }: ServeOptions): { token: string } | undefined {
  if (!expose) {
    if (isLoopback(host)) return undefined;
    throw usage(
      'not_exposed',
      'The simulator listens on loopback only. To open it to others, add --expose and --token.',
    );
  }
  if (token !== undefined && /^[\x21-\x7e]{16,200}$/.test(token)) return { token };
  throw usage('weak_token', 'With --expose give a --token of at least 16 characters, without blanks.');
}

function networkOf({ networkUrl, networkToken }: ServeOptions): { url: string; token: string } | undefined {
  if (networkUrl === undefined) return undefined;
  if (!/^https?:$/.test(URL.parse(networkUrl)?.protocol ?? '')) {
    throw usage('bad_network_url', 'The value of --network-url is an http address.');
  }
  if (networkToken === undefined) throw usage('no_network_token', 'With --network-url give NETWORK_TOKEN.');
  return { url: networkUrl.replace(/\/+$/, ''), token: networkToken };
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

function portOf(written: string, option: string): number {
  const port = Number(written);
  if (/^\d{1,5}$/.test(written) && port <= 65_535) return port;
  throw usage('bad_port', `The value of ${option} is a port from 0 to 65535.`);
}

// A taken port or a broken file is what a person can mend, and gets words; a fault of ours is shown whole.
function startFailure(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  if ('code' in error && error.code === 'EADDRINUSE' && 'port' in error) {
    return usage('port_taken', `Port ${error.port} is taken. Choose another, or 0 for any free one.`);
  }
  const isExpected = error.constructor === Error;
  return isExpected ? usage('not_started', `The simulator cannot start: ${error.message}.`) : error;
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

function usage(code: string, message: string): CliError {
  return new CliError(exitCodes.usage, code, message);
}
