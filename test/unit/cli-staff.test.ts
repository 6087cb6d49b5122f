// The staff commands: which operation they ask for, with which input, and what they print.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addStaffCommands } from '../../src/cli-staff.ts';
import { UsageError } from '../../src/cli-staff-output.ts';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'cli-staff-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

/** Runs a command line against an operation that answers as told. */
async function run(line: readonly string[], answer: unknown) {
  const asked: [name: string, input: unknown][] = [];
  const printed: string[] = [];
  let failed = false;
  const program = new Command().exitOverride();
  addStaffCommands(program, {
    run: async (name, input) => {
      asked.push([name, input]);
      return answer;
    },
    print: (text) => printed.push(text),
    fail: () => {
      failed = true;
    },
  });
  await program.parseAsync([...line], { from: 'user' });
  return { asked, text: printed.join('\n'), failed };
}

const client = { clientId: 'bank', origin: 'staff', metadata: { client_name: 'Bank', party: 'third', profile: 'hub' } };

test('client add makes metadata of its options', async () => {
  const options = ['--id', 'bank', '--name', 'Bank', '--party', 'third', '--profile', 'hub'];
  const more = ['--redirect-uri', 'https://a/1', 'https://a/2', '--auth-method', 'none', '--policy-uri', 'https://a/p'];
  const { asked } = await run(['client', 'add', ...options, ...more, '--grant', 'authorization_code'], { client });
  expect(asked).toEqual([
    [
      'client.add',
      {
        metadata: {
          client_id: 'bank',
          client_name: 'Bank',
          party: 'third',
          profile: 'hub',
          redirect_uris: ['https://a/1', 'https://a/2'],
          token_endpoint_auth_method: 'none',
          policy_uri: 'https://a/p',
          grant_types: ['authorization_code'],
        },
      },
    ],
  ]);
});

test('client add reads metadata from a file, and an option goes over it', async () => {
  const file = join(directory, 'client.json');
  writeFileSync(file, JSON.stringify({ client_id: 'bank', client_name: 'Old', strict_acr: true }));
  const { asked } = await run(['client', 'add', '--file', file, '--name', 'New'], { client });
  expect(asked[0]?.[1]).toEqual({ metadata: { client_id: 'bank', client_name: 'New', strict_acr: true } });
});

test('a file that is not JSON is a mistake of usage', async () => {
  const file = join(directory, 'broken.json');
  writeFileSync(file, '{"client_id": ');
  await expect(run(['client', 'add', '--file', file], {})).rejects.toThrow(UsageError);
});

test('the secret of a new client is printed, once and for all', async () => {
  const { text } = await run(['client', 'add'], { client, clientSecret: 'the-secret' });
  expect(text).toBe('added bank\nsecret the-secret   (shown only now)');
  expect((await run(['client', 'add'], { client })).text).toBe('added bank, which has no secret');
});

test('client list is a table, with --json the answer as it is', async () => {
  const answer = { issuer: 'https://id.example.com', clients: [client] };
  const { asked, text } = await run(['client', 'list'], answer);
  expect(asked).toEqual([['client.list', undefined]]);
  expect(text).toBe('id    name  party  profile  origin\nbank  Bank  third  hub      staff');
  expect(JSON.parse((await run(['client', 'list', '--json'], answer)).text)).toEqual(answer);
});

test('client show and remove name their client', async () => {
  const shown = await run(['client', 'show', 'bank'], client);
  expect(shown.asked).toEqual([['client.show', { clientId: 'bank' }]]);
  expect(shown.text).toContain('metadata.client_name  Bank');
  const removed = await run(['client', 'remove', 'bank'], { removed: 'bank' });
  expect(removed.asked).toEqual([['client.remove', { clientId: 'bank' }]]);
  expect(removed.text).toBe('removed bank');
});

test.each(['list', 'rotate'])('key %s is a table of the keys', async (command) => {
  const keys = [{ kid: 'k1', alg: 'ES256', state: 'current', createdAt: '2026-01-01', retireAt: null }];
  const { asked, text } = await run(['key', command], { keys });
  expect(asked).toEqual([[`key.${command}`, undefined]]);
  expect(text).toBe('state    alg    kid  createdAt   retireAt\ncurrent  ES256  k1   2026-01-01');
});

test('migrate lists what the database has had', async () => {
  const { text } = await run(['migrate'], { migrations: [{ name: '0001-a', appliedAt: '2026-01-01' }] });
  expect(text).toBe('name    appliedAt\n0001-a  2026-01-01');
});

test('audit verify says that the journal is whole', async () => {
  const { text, failed } = await run(['audit', 'verify'], { sealed: 5, unsealed: 1 });
  expect(text).toBe('the journal is whole: 5 sealed, 1 not sealed yet');
  expect(failed).toBe(false);
});

test.each(['', '--json'])('audit verify fails when a row is missing %s', async (flag) => {
  const answer = { sealed: 4, unsealed: 0, problem: { sequence: 3, kind: 'missing' } };
  const { text, failed } = await run(['audit', 'verify', ...(flag === '' ? [] : [flag])], answer);
  expect(text).toContain(flag === '' ? 'the journal is NOT whole: row 3 is missing' : '"sequence": 3');
  expect(failed).toBe(true);
});
