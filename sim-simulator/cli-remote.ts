// What the commands that speak to a running simulator share: --url, --token, --json.

import { type Command, Option } from 'commander';
import { type Client, createClient } from './cli-client.ts';

export type RemoteOptions = { url: string; token?: string; json?: true };

/** Adds a command with the options that every remote command takes. */
export function remoteCommand(program: Command, name: string, description: string): Command {
  return program
    .command(name)
    .description(description)
    .option('--url <address>', 'the simulator', 'http://localhost:3002')
    .addOption(new Option('--token <token>', 'token of an exposed simulator').env('SIM_TOKEN'))
    .option('--json', 'machine-readable answer');
}

/** Gives the client that a command's options ask for. */
export function clientOf(options: RemoteOptions): Client {
  return createClient({ url: options.url, token: options.token });
}
