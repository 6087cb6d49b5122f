// The secrets of a demo world, as needles for the search through the logs: PINs, passwords, numbers, card keys.
import { demoSecret } from '../../src/demo/clients.ts';
import { selfAnsweringNumbers } from '../../src/demo/self-answering.ts';
import { demoCustomers, demoPassword } from '../../src/demo/world.ts';
import { noteNeedles } from './log-directory.ts';
import type { Needle } from './needles.ts';

/** What must not be logged by a provider with the demo world and a simulator with this export. */
export function worldSecrets({ exported, adminToken }: { exported: string; adminToken: string }): Needle[] {
  const people = demoCustomers.map(({ person }) => person.givenName);
  const lines = demoCustomers.flatMap(({ lines }) => lines);
  return [
    ...people.map((name) => ({ form: 'text' as const, what: `password of ${name}`, value: demoPassword(name) })),
    ...lines.flatMap(({ pin, msisdn }) =>
      pin === undefined ? [] : [{ form: 'digits' as const, what: `PIN of …${msisdn.slice(-2)}`, value: pin }],
    ),
    { form: 'digits', what: 'PIN of the self-answering numbers', value: '2580' },
    ...[...lines, ...selfAnsweringNumbers].map(({ msisdn }) => ({
      form: 'number' as const,
      what: `number …${msisdn.slice(-2)}`,
      value: msisdn,
    })),
    ...['portal', 'shop', 'tester'].map((id) => ({
      form: 'text' as const,
      what: `secret of client ${id}`,
      value: demoSecret(id),
    })),
    { form: 'text', what: 'admin token', value: adminToken },
    ...cardKeys(exported),
  ];
}

/** Remembers them for the end of the run; of the card keys, which each world has its own of, one person's will do. */
export function noteWorldSecrets(world: { exported: string; adminToken: string }): void {
  const secrets = worldSecrets(world);
  noteNeedles(
    ...secrets.filter(({ form }) => form !== 'hex'),
    ...secrets.filter(({ form }) => form === 'hex').slice(0, 8),
  );
}

// Every run of 32 or more hexadecimal digits in the export is a key.
function cardKeys(exported: string): Needle[] {
  return [...exported.matchAll(/"(\w+)": "([0-9a-fA-F]{32,})"/g)].map(([, name = '', value = '']) => ({
    form: 'hex' as const,
    what: `${name} of a SIM`,
    value,
  }));
}
