// What the simulator remembers: over restarts and kill -9, in one private file, cheap for many cards at once.

import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { encodeRequest, OP } from '../../../sim-simulator/applet-message.ts';
import { newCardState } from '../../../sim-simulator/card-state.ts';
import { parseFleetExport } from '../../../sim-simulator/fleet-export.ts';
import { createStateFile, readStateFile } from '../../../sim-simulator/state-file.ts';
import { bindEsme, submitToCard } from './esme.ts';
import { aNewSim, anExport, aRequest, aSim, octetsOf, openAnswer, provesItself, sealed } from './provider-end.ts';
import { aPlace, type Place, start } from './running.ts';

const NUMBER = '+33639980001';
const sim = aSim();
const spare = aNewSim({ iccid: '8933010000000000025', msisdn: null, label: 'Spare' });
const status = (name: string) => encodeRequest(aRequest(name, { op: OP.status, flags: 0, proof: 1 }));

async function aDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'sim-state-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

/** Rings with a PIN request and types what is given. */
async function approve(simulator: Awaited<ReturnType<typeof start>>, counter: number, pins: string[]) {
  const esme = await bindEsme(simulator.smppPort);
  const data = encodeRequest(aRequest(`request ${counter}`));
  await submitToCard(esme, NUMBER, sealed(sim, data, { counter }));
  await simulator.api.wait(NUMBER, 'for=screen');
  for (const pin of pins) {
    await simulator.api.keys(NUMBER, { pin });
  }
  return { esme, data };
}

describe('the state file', () => {
  test('is written for its owner only, whole, and nothing else is left beside it', async () => {
    const directory = await aDirectory();
    const path = join(directory, 'deep', 'cards.json');
    const file = createStateFile(path, new Map());
    await file.commit(sim.iccid, newCardState(sim));
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await stat(join(directory, 'deep'))).mode & 0o777).toBe(0o700);
    expect(await readdir(join(directory, 'deep'))).toEqual(['cards.json']);
    expect(await readStateFile(path)).toEqual(new Map([[sim.iccid, newCardState(sim)]]));
  });

  test('does not take over the mode of a file that was left beside it', async () => {
    const path = join(await aDirectory(), 'cards.json');
    await writeFile(`${path}.new`, 'left behind', { mode: 0o644 });
    await createStateFile(path, new Map()).commit(sim.iccid, newCardState(sim));
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  test('holds what was committed, not what changed afterwards', async () => {
    const path = join(await aDirectory(), 'cards.json');
    const file = createStateFile(path, new Map());
    const state = newCardState(sim);
    const committed = file.commit(sim.iccid, state);
    state.packetCounter = 99;
    await committed;
    expect((await readStateFile(path)).get(sim.iccid)?.packetCounter).toBe(0);
  });

  test('many commits at once are one write, and each sees its state on disk', async () => {
    const directory = await aDirectory();
    const path = join(directory, 'cards.json');
    const file = createStateFile(path, new Map());
    const iccids = Array.from({ length: 500 }, (_, at) => `89330100000000${String(at).padStart(5, '0')}`);
    await Promise.all(
      iccids.map(async (iccid, at) => {
        await file.commit(iccid, { ...newCardState(sim), packetCounter: at });
        expect((await readStateFile(path)).get(iccid)?.packetCounter).toBe(at);
      }),
    );
    await file.settled();
    expect((await readStateFile(path)).size).toBe(500);
  });

  test('that cannot be written fails the commit, and the next one may succeed', async () => {
    const directory = await aDirectory();
    const blocked = join(directory, 'not-a-directory');
    await writeFile(blocked, '');
    const file = createStateFile(join(blocked, 'cards.json'), new Map());
    await expect(file.commit(sim.iccid, newCardState(sim))).rejects.toThrow();
    await rm(blocked);
    await file.commit(sim.iccid, newCardState(sim));
  });

  test.each([
    ['no JSON', '{"format":'],
    ['another version', '{"format":"mid-sim-state/9","sims":{}}'],
    ['a card without counter', '{"format":"mid-sim-state/1","sims":{"1":{}}}'],
  ])('with %s stops the start instead of forgetting counters', async (_name, content) => {
    const place = await aPlace(anExport(sim));
    const { stateDirectory } = place;
    await (await start(place)).stop();
    await createStateFile(join(stateDirectory, 'cards.json'), new Map()).commit('1', newCardState(sim));
    await writeFile(join(stateDirectory, 'cards.json'), content);
    await expect(start(place)).rejects.toThrow('--fresh');
    await start(place, { fresh: true });
  });
});

describe('over a restart', () => {
  test('packet counter, tries, applet counter and answers stay', async () => {
    const place = await aPlace(anExport(sim));
    const first = await start(place);
    const { esme } = await approve(first, 41, ['0000', '1111', '4071']);
    const answer = openAnswer(sim, (await esme.delivered()).shortMessage);
    await approve(first, 42, ['0000']);
    // As after kill -9: nothing is told to write, what is on disk is all there is.
    const copy: Place = { ...place, stateDirectory: join(await aDirectory(), 'state') };
    const content = await readFile(join(place.stateDirectory, 'cards.json'), 'utf8');
    await createStateFile(join(copy.stateDirectory, 'cards.json'), new Map()).commit('x', newCardState(sim));
    await writeFile(join(copy.stateDirectory, 'cards.json'), content);

    const second = await start(copy);
    expect((await second.api.get(`/v1/sims/${NUMBER}`)).body).toMatchObject({ triesLeft: 2, screen: null });
    const again = await bindEsme(second.smppPort);
    await submitToCard(again, NUMBER, sealed(sim, status('old counter'), { counter: 42 }));
    await second.seen('card.refused');
    await submitToCard(again, NUMBER, sealed(sim, encodeRequest(aRequest('request 41')), { counter: 43 }));
    const repeated = openAnswer(sim, (await again.delivered()).shortMessage);
    expect(repeated.data.equals(answer.data)).toBe(true);
    await submitToCard(again, NUMBER, sealed(sim, status('new'), { counter: 44 }));
    expect(openAnswer(sim, (await again.delivered()).shortMessage)).toMatchObject({ counter: 2, tries: 0x12 });
  });

  test('--fresh forgets them', async () => {
    const place = await aPlace(anExport(sim));
    const first = await start(place);
    await approve(first, 41, ['0000']);
    await first.stop();
    const second = await start(place, { fresh: true });
    expect(second.fleet.phone(NUMBER)?.card().state).toMatchObject({ packetCounter: 0, tries: 3 });
  });

  test('a new SIM of the export is added, a known one keeps its counters', async () => {
    const place = await aPlace(anExport(sim));
    const first = await start(place);
    await approve(first, 41, ['4071']);
    await first.stop();
    const added = aSim({ iccid: '8933010000000000033', msisdn: '+33639980003' });
    await writeFile(place.exportFile, JSON.stringify(anExport(sim, added)));
    const second = await start(place);
    expect(second.fleet.phone(NUMBER)?.card().state.packetCounter).toBe(41);
    expect(second.fleet.phone('+33639980003')?.card().state.packetCounter).toBe(0);
  });

  test('other keys under the same ICCID are another card; another PIN is an export made anew', async () => {
    const place = await aPlace(anExport(sim));
    const first = await start(place);
    await approve(first, 41, ['0000', '4071']);
    await first.stop();
    await writeFile(place.exportFile, JSON.stringify(anExport({ ...sim, pin: '5555' })));
    const second = await start(place);
    expect(second.fleet.phone(NUMBER)?.card().state).toMatchObject({
      pin: '5555',
      packetCounter: 41,
      appletCounter: 1,
    });
    await second.stop();
    const keys = { ...sim.keys, kid: octetsOf('another root', 16).toString('hex') };
    await writeFile(place.exportFile, JSON.stringify(anExport({ ...sim, keys })));
    const third = await start(place);
    expect(third.fleet.phone(NUMBER)?.card().state).toMatchObject({ pin: '4071', packetCounter: 0, appletCounter: 0 });
  });

  test('a replaced SIM stays replaced, until the export says something new', async () => {
    const place = await aPlace(anExport(sim, spare));
    const first = await start(place);
    expect(await first.fleet.replace(NUMBER, spare.iccid)).toBe('done');
    await first.stop();
    const second = await start(place);
    expect(second.fleet.phone(NUMBER)?.card().sim.iccid).toBe(spare.iccid);
    expect(second.fleet.phone(NUMBER)?.view().label).toBe('Alice');
    expect(second.fleet.spares()).toMatchObject([{ iccid: sim.iccid }]);
    await second.stop();
    const third = aSim({ iccid: '8933010000000000041', msisdn: NUMBER });
    await writeFile(place.exportFile, JSON.stringify(anExport({ ...sim, msisdn: null }, spare, third)));
    const fourth = await start(place);
    expect(fourth.fleet.phone(NUMBER)?.card().sim.iccid).toBe(third.iccid);
    expect(fourth.fleet.phones()).toHaveLength(1);
  });
});

test('a number that the export gives to another SIM moves with the export', async () => {
  const place = await aPlace(anExport(sim, spare));
  const first = await start(place);
  await approve(first, 41, ['4071']);
  await first.stop();
  await writeFile(place.exportFile, JSON.stringify(anExport({ ...sim, msisdn: null }, { ...spare, msisdn: NUMBER })));
  const second = await start(place);
  expect(second.fleet.phone(NUMBER)?.card().sim.iccid).toBe(spare.iccid);
  expect(second.fleet.card(sim.iccid)?.state).toMatchObject({ msisdn: null, packetCounter: 41 });
});

describe('reset', () => {
  test('puts PIN, tries, numbers and people back, and keeps the counters', async () => {
    const place = await aPlace(anExport(sim, spare));
    const simulator = await start(place);
    const { esme } = await approve(simulator, 41, ['0000', '0000', '0000']);
    await esme.delivered();
    esme.close();
    await simulator.seen('smsc.closed');
    await simulator.fleet.replace(NUMBER, spare.iccid);
    await simulator.api.patch(NUMBER, { behaviour: { mode: 'refuse' }, unlocked: false, power: false });
    expect((await simulator.api.call('POST', '/v1/reset')).status).toBe(204);
    expect((await simulator.api.get(`/v1/sims/${NUMBER}`)).body).toMatchObject({
      iccid: sim.iccid,
      power: true,
      unlocked: true,
      triesLeft: 3,
      blocked: false,
      behaviour: { mode: 'manual' },
    });
    const again = await approve(simulator, 42, ['4071']);
    const answer = openAnswer(sim, (await again.esme.delivered()).shortMessage);
    expect(answer).toMatchObject({ result: 0, counter: 2, packetCounter: 42 });
    expect(provesItself(sim, again.data, answer.data)).toBe(true);
    await simulator.stop();
    const restarted = await start(place);
    expect(restarted.fleet.phone(NUMBER)?.card().state).toMatchObject({ packetCounter: 42, appletCounter: 2 });
  });

  test('ends what was on a screen or on its way', async () => {
    const simulator = await start(await aPlace(anExport(sim)));
    const esme = await bindEsme(simulator.smppPort);
    await simulator.fleet.phone(NUMBER)?.setPower(false);
    await submitToCard(esme, NUMBER, sealed(sim, status('waiting'), { counter: 9 }));
    await simulator.reset();
    expect(simulator.fleet.phone(NUMBER)?.view()).toMatchObject({ power: true, screen: null });
    await submitToCard(esme, NUMBER, sealed(sim, status('after'), { counter: 10 }));
    expect(openAnswer(sim, (await esme.delivered()).shortMessage).packetCounter).toBe(10);
  });

  test('with an export that is not valid any more changes nothing', async () => {
    const place = await aPlace(anExport(sim));
    const simulator = await start(place);
    await writeFile(place.exportFile, 'not JSON');
    expect(await simulator.api.call('POST', '/v1/reset')).toMatchObject({ status: 500, body: { code: 'internal' } });
    expect(simulator.fleet.phone(NUMBER)?.isReachable()).toBe(true);
  });
});

describe('an export file', () => {
  test('that is not there, or not valid, stops the start with words', async () => {
    const place = await aPlace(anExport(sim));
    await expect(start({ ...place, exportFile: `${place.exportFile}.missing` })).rejects.toThrow('cannot be read');
    await writeFile(place.exportFile, JSON.stringify(anExport({ ...sim, pin: '12345' })));
    await expect(start(place)).rejects.toThrow('sims.0.pin: must be 4 digits');
  });

  test.each([
    ['another format', { ...anExport(sim), format: 'mid-sim-export/2' }, 'format'],
    ['SIMs of real people', { ...anExport(sim), origin: 'production' }, 'origin'],
    ['two SIMs with one ICCID', anExport(sim, { ...sim, msisdn: '+33639980002' }), 'same ICCID'],
    ['two SIMs with one number', anExport(sim, { ...spare, msisdn: NUMBER }), 'same number'],
    ['a PIN without a key', anExport({ ...sim, kpinPrivate: null }), 'go together'],
    ['a key that is none', anExport({ ...sim, kpinPrivate: 'f'.repeat(64) }), 'private key'],
    ['an unknown behaviour', anExport({ ...sim, behaviour: { mode: 'dance' } as never }), 'behaviour'],
  ])('with %s is refused', (_name, content, words) => {
    expect(() => parseFleetExport(JSON.stringify(content), 'export.json')).toThrow(words);
  });

  test('never has its keys in the error', () => {
    const content = JSON.stringify(anExport({ ...sim, keys: { ...sim.keys, kic: `${sim.keys.kic}00` } }));
    for (const text of [content, content.slice(0, -5)]) {
      try {
        parseFleetExport(text, 'export.json');
        expect.unreachable();
      } catch (error) {
        expect(String(error)).not.toContain(sim.keys.kic);
        expect(String(error)).not.toContain(sim.keys.kid);
      }
    }
  });
});
