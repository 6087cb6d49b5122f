// The commands against the real simulator, and `serve` as a process of its own.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import nodemailer from 'nodemailer';
import { describe, expect, onTestFinished, test } from 'vitest';
import { encodeRequest } from '../../../sim-simulator/applet-message.ts';
import { bindEsme, submitToCard } from './esme.ts';
import { anExport, aRequest, aSim, sealed } from './provider-end.ts';
import { run } from './run-cli.ts';
import { aPlace, type Place, start } from './running.ts';

const alice = '06 39 98 00 01';
const spare = aSim({ iccid: '8933010000000000025', msisdn: null, serial13: '1234567890123' });

async function aSimulator() {
  const place = await aPlace(anExport(aSim(), spare));
  const simulator = await start(place);
  const esme = await bindEsme(simulator.smppPort);
  onTestFinished(() => esme.close());
  const url = `http://127.0.0.1:${simulator.httpPort}`;
  let counter = 0;
  const ring = async (name: string) => {
    counter += 1;
    await submitToCard(esme, '+33639980001', sealed(aSim(), encodeRequest(aRequest(name)), { counter }));
  };
  return { ...simulator, place, esme, ring, sim: (...words: string[]) => run([...words, '--url', url]) };
}

describe('the commands on a real simulator', () => {
  test('wait, key and decode carry a request from the ring to the signed answer', async () => {
    const { sim, ring, esme, place } = await aSimulator();
    await ring('one');
    const shown = await sim('wait', alice, '--for', 'screen', '--timeout', '5', '--json');
    const first = JSON.parse(shown.out);
    expect(first).toMatchObject({ kind: 'text', title: 'Portal' });
    expect((await sim('key', alice, '--ok')).out).toMatch(/screen +pin/);
    const next = await sim('wait', alice, '--after', String(first.seq), '--json');
    expect(JSON.parse(next.out)).toMatchObject({ kind: 'pin', referenceCode: first.referenceCode });
    expect(await sim('key', alice, '--pin', '4071')).toMatchObject({ code: 0, err: '' });

    const { shortMessage } = await esme.delivered();
    const answer = await run(['decode', shortMessage.toString('hex'), '--export-file', place.exportFile]);
    expect(answer.code).toBe(0);
    expect(answer.out).toMatch(/Response packet, card to provider, keys of \+33639980001/);
    expect(answer.out).toMatch(/RSC +00 +PoR OK/);
    expect(answer.out).toMatch(/op +82 +answer to AUTHENTICATE/);
    expect(answer.out).toMatch(/result +00 +approved/);
  });

  test('a key on an empty screen and a PIN where OK is asked end with exit code 1', async () => {
    const { sim, ring } = await aSimulator();
    expect(await sim('key', alice, '--ok')).toMatchObject({ code: 1 });
    await ring('one');
    await sim('wait', alice);
    expect((await sim('key', alice, '--code', '1234')).err).toContain('does not take this key');
  });

  test('wait ends with exit code 4 when nothing comes, and wakes when something does', async () => {
    const { sim, ring } = await aSimulator();
    expect((await sim('wait', alice, '--timeout', '0')).code).toBe(4);
    const waiting = sim('wait', alice, '--timeout', '10');
    await ring('one');
    expect((await waiting).code).toBe(0);
  });

  test('a packet made by encode rings the phone', async () => {
    const { sim, esme, place } = await aSimulator();
    const words = ['--op', 'authenticate', '--flags', 'pin,show-code', '--service', 'Boutique', '--message', 'Payer ?'];
    const { out } = await run([
      'encode',
      ...words,
      '--counter',
      '1',
      '--export-file',
      place.exportFile,
      '--sim',
      alice,
    ]);
    await submitToCard(esme, '+33639980001', Buffer.from(out.trim(), 'hex'));
    expect((await sim('wait', alice, '--timeout', '5')).out).toContain('Boutique');
  });

  test('power, coverage, unlock and behave are seen by show', async () => {
    const { sim } = await aSimulator();
    await sim('coverage', alice, 'off');
    await sim('unlock', alice, 'off');
    await sim('behave', alice, 'approve', '--pin', '4071', '--delay-ms', '1');
    const shown = await sim('show', alice, '--json');
    expect(JSON.parse(shown.out)).toMatchObject({
      coverage: false,
      unlocked: false,
      behaviour: { mode: 'approve', delayMs: 1 },
    });
    expect(shown.out).not.toContain('4071');
    await sim('power', alice, 'cycle');
    expect(JSON.parse((await sim('show', alice, '--json')).out)).toMatchObject({
      ...{ power: true, poweredOnAt: expect.stringMatching(/^\d{4}-/) },
    });
    await sim('power', alice, 'off');
    expect((await sim('list')).out).toMatch(/06 39 98 00 01 +Alice +off/);
  });

  test('replace takes a spare SIM, which list --spares names; a second time it is in use', async () => {
    const { sim } = await aSimulator();
    expect((await sim('list', '--spares')).out).toContain(spare.iccid);
    expect((await sim('replace', alice, '--iccid', spare.iccid)).code).toBe(0);
    expect(JSON.parse((await sim('show', alice, '--json')).out).iccid).toBe(spare.iccid);
    expect((await sim('replace', alice, '--iccid', '8933010000000000999')).code).toBe(2);
    expect((await sim('reset')).code).toBe(0);
    expect((await sim('move', alice)).code).toBe(0);
  });

  test('mail shows what came to the mail box, and only for the one asked for', async () => {
    const { sim, smtpPort } = await aSimulator();
    const transport = nodemailer.createTransport({ host: '127.0.0.1', port: smtpPort, ignoreTLS: true });
    for (const to of ['alice@exemple.test', 'bruno@exemple.test']) {
      await transport.sendMail({ from: 'provider@exemple.test', to, subject: `For ${to}`, text: 'Hello' });
    }
    expect((await sim('mail', '--to', 'alice@exemple.test')).out).toContain('For alice@exemple.test');
    expect((await sim('mail', '--to', 'alice@exemple.test')).out).not.toContain('bruno');
    expect(JSON.parse((await sim('mail', '--json')).out)).toHaveLength(2);
  });

  test('events --after 0 also gives what happened before, and never a PIN', async () => {
    const { sim, ring } = await aSimulator();
    await ring('one');
    await sim('wait', alice);
    await sim('key', alice, '--pin', '4071');
    const { out } = await sim('events', '--after', '0', '--json', '--only', alice, '--count', '4');
    expect(out).toContain('phone.screen');
    expect(out).not.toContain('4071');
  });

  test('inbox is empty at first, and an unknown number is said to be unknown', async () => {
    const { sim } = await aSimulator();
    expect((await sim('inbox', alice)).out).toBe('No SMS yet.\n');
    expect((await sim('show', '06 39 98 00 77')).code).toBe(2);
  });
});

describe('serve', () => {
  const ports = ['--port', '0', '--smpp-port', '0', '--smtp-port', '0'];

  test('ends its greeting with one JSON line, answers there, and stops cleanly on SIGTERM', async () => {
    const server = serveIn(await aPlace(anExport(aSim())), ports);
    const ready = await readyOf(server);
    expect(ready).toEqual({
      url: expect.stringMatching(/^http:\/\/localhost:\d+$/),
      smppPort: expect.any(Number),
      smtpPort: expect.any(Number),
    });
    expect((await run(['list', '--url', ready.url])).out).toContain('Alice');
    server.kill('SIGTERM');
    expect(await once(server, 'exit')).toEqual([0, null]);
    expect((await run(['list', '--url', ready.url])).code).toBe(3);
  });

  test('says which port is taken, exit code 2', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void taken.close());
    const { port } = taken.address() as { port: number };
    const { exportFile, stateDirectory } = await aPlace(anExport(aSim()));
    const place = ['--export-file', exportFile, '--state', stateDirectory];
    const { code, err } = await run(['serve', ...place, ...ports, '--smtp-port', String(port)]);
    expect({ code, err }).toEqual({ code: 2, err: `Port ${port} is taken. Choose another, or 0 for any free one.\n` });
  });

  test.each([
    ['a host that is not loopback without --expose', ['--host', '0.0.0.0'], /--expose/],
    ['--expose without a token', ['--host', '0.0.0.0', '--expose'], /--token/],
    ['a short token', ['--expose', '--token', 'short'], /at least 16/],
    ['a port that is none', ['--port', '70000'], /--port/],
    ['an export file that is not there', ['--export-file', '/nowhere/export.json'], /cannot be read/],
  ])('refuses %s, exit code 2', async (_what, words, reason) => {
    const { exportFile, stateDirectory } = await aPlace(anExport(aSim()));
    const place = ['--export-file', exportFile, '--state', stateDirectory];
    const { code, out, err } = await run(['serve', ...place, ...ports, ...words]);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(reason);
    expect(err).not.toContain('short\n');
  });

  test('when exposed asks every caller for the token', async () => {
    const token = 'a-token-for-this-test';
    const { url } = await readyOf(serveIn(await aPlace(anExport(aSim())), [...ports, '--expose', '--token', token]));
    expect(await run(['list', '--url', url])).toMatchObject({ code: 2, err: expect.stringContaining('--token') });
    expect((await run(['list', '--url', url, '--token', token])).code).toBe(0);
    expect((await run(['events', '--url', url, '--token', 'wrong-wrong-wrong-wrong'])).code).toBe(2);
  });
});

function serveIn({ exportFile, stateDirectory }: Place, words: string[]): ChildProcess {
  const script = join(import.meta.dirname, '../../../sim-simulator/cli.ts');
  const place = ['--export-file', exportFile, '--state', stateDirectory];
  const stdio = ['ignore', 'pipe', 'inherit'] as const;
  const child = spawn(process.execPath, [script, 'serve', ...place, ...words], { stdio: [...stdio] });
  onTestFinished(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  });
  return child;
}

/** What the last line of the greeting announces. */
async function readyOf(child: ChildProcess): Promise<{ url: string; smppPort: number; smtpPort: number }> {
  for await (const line of createInterface({ input: child.stdout! })) {
    if (line.startsWith('{')) return JSON.parse(line).ready;
  }
  throw new Error('serve ended without saying that it is ready');
}
