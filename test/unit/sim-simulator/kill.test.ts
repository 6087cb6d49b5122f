// The simulator as a process of its own, killed with -9 at the moment its answer arrives: what it said, it remembers.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { expect, onTestFinished, test } from 'vitest';
import { encodeRequest } from '../../../sim-simulator/applet-message.ts';
import { readStateFile } from '../../../sim-simulator/state-file.ts';
import { bindEsme, submitToCard } from './esme.ts';
import { anExport, aRequest, aSim, openAnswer, sealed } from './provider-end.ts';
import { aPlace, type Place } from './running.ts';

const NUMBER = '+33639980001';
const CLI = new URL('../../../sim-simulator/cli.ts', import.meta.url).pathname;

async function spawnSimulator({
  exportFile,
  stateDirectory,
}: Place): Promise<{ child: ChildProcess; smppPort: number }> {
  const ports = ['--port', '0', '--smpp-port', '0', '--smtp-port', '0'];
  const args = [CLI, 'serve', '--export-file', exportFile, '--state', stateDirectory, ...ports];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.startsWith('{"ready"')) {
      return { child, smppPort: JSON.parse(line).ready.smppPort };
    }
  }
  throw new Error('the simulator did not start');
}

test('kill -9 between two answers loses no counter and no try', async () => {
  const sim = aSim({ behaviour: { mode: 'wrong-pin', times: 1, pin: '4071' } });
  const place = await aPlace(anExport(sim));
  for (const round of [1, 2]) {
    const { child, smppPort } = await spawnSimulator(place);
    const esme = await bindEsme(smppPort);
    const data = encodeRequest(aRequest(`round ${round}`));
    await submitToCard(esme, NUMBER, sealed(sim, data, { counter: round * 10 }));
    const answer = openAnswer(sim, (await esme.delivered()).shortMessage);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(answer).toMatchObject({ result: 0, counter: round, tries: 0x13 });
    const state = (await readStateFile(`${place.stateDirectory}/cards.json`)).get(sim.iccid);
    expect(state).toMatchObject({ packetCounter: round * 10, appletCounter: round, tries: 3, wrongPins: 0 });
    expect(state?.answers).toHaveLength(round);
  }
});
