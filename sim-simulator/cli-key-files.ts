// Where decode and encode take their keys from: the export of the provider, or the command line.

import { type Command, Option } from 'commander';
import type { NamedKeys } from './cli-decode.ts';
import { octetsOf } from './cli-encode.ts';
import { parseNumber } from './cli-number.ts';
import { CliError, exitCodes } from './cli-terminal.ts';
import { readFleetExport } from './fleet-export.ts';

export type KeyFileOptions = { exportFile?: string; sim?: string; kic?: string; kid?: string };

/** Adds the options that name keys to a command. */
export function addKeyOptions(command: Command): Command {
  return command
    .addOption(new Option('--export-file <file>', 'SIM export of the provider; its keys are tried one by one'))
    .addOption(new Option('--sim <msisdn>', 'only the SIM of this number'))
    .addOption(new Option('--kic <hex>', 'ciphering key').conflicts('exportFile'))
    .addOption(new Option('--kid <hex>', 'integrity key').conflicts('exportFile'));
}

/** Gives the keys that the options name, none if they name none. Throws a usage CliError without any key in it. */
export async function keysFrom({ exportFile, sim, kic, kid }: KeyFileOptions): Promise<NamedKeys[]> {
  if (exportFile !== undefined) return readKeys(exportFile, sim);
  if (sim !== undefined) throw usage('no_export', 'The option --sim needs --export-file.');
  if (kic === undefined && kid === undefined) return [];
  if (kic === undefined || kid === undefined) throw usage('two_keys', 'Give both --kic and --kid.');
  return [{ kic: aesKey(kic, '--kic'), kid: aesKey(kid, '--kid') }];
}

async function readKeys(path: string, number: string | undefined): Promise<NamedKeys[]> {
  const wanted = number === undefined ? undefined : parseNumber(number);
  const { sims } = await readFleetExport(path).catch((error: unknown) => {
    throw usage('bad_export', error instanceof Error ? `${error.message}.` : 'The export file cannot be read.');
  });
  const chosen = wanted === undefined ? sims : sims.filter(({ msisdn }) => msisdn === wanted);
  if (chosen.length === 0) throw usage('unknown_sim', 'The export file has no SIM with this number.');
  return chosen.map(({ msisdn, iccid, keys }) => ({
    kic: Buffer.from(keys.kic, 'hex'),
    kid: Buffer.from(keys.kid, 'hex'),
    sim: msisdn ?? iccid,
  }));
}

function aesKey(written: string, option: string): Buffer {
  const key = octetsOf(written, option);
  if ([16, 24, 32].includes(key.length)) return key;
  throw usage('bad_key', `The value of ${option} is an AES key: 16, 24 or 32 octets.`);
}

function usage(code: string, message: string): CliError {
  return new CliError(exitCodes.usage, code, message);
}
