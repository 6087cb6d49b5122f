// One approval over the real wires of the simulator: SMPP in, screen and keys over the control API, signed answer out.

import { expect, test } from 'vitest';
import { encodeRequest, referenceCodeOf } from '../../../sim-simulator/applet-message.ts';
import { bindEsme, submitToCard } from './esme.ts';
import { anExport, aRequest, aSim, octetsOf, openAnswer, provesItself, SHORT_CODE, sealed } from './provider-end.ts';
import { aPlace, start } from './running.ts';

test('a request rings, shows the same code, takes the PIN and comes back signed', async () => {
  const sim = aSim();
  const simulator = await start(await aPlace(anExport(sim)));
  const esme = await bindEsme(simulator.smppPort);
  const data = encodeRequest(aRequest('login'));
  const response = await submitToCard(esme, '+33639980001', sealed(sim, data, { counter: 7 }));
  expect(response.status).toBe(0);

  const screen = await simulator.api.wait('+33639980001', 'for=screen&timeout=5');
  expect(screen.status).toBe(200);
  expect(screen.body).toMatchObject({
    kind: 'text',
    title: 'Portal',
    text: 'Sign in to the portal?',
    referenceCode: referenceCodeOf(octetsOf('login', 16)),
  });
  const asked = await simulator.api.keys('33639980001', { ok: true });
  expect(asked.body).toMatchObject({ screen: { kind: 'pin' } });
  const done = await simulator.api.keys('+33639980001', { pin: '4071' });
  expect(done).toMatchObject({ status: 200, body: { screen: null, triesLeft: 3 } });

  const answer = await esme.delivered();
  expect(answer).toMatchObject({ source: '33639980001', destination: SHORT_CODE, esmClass: 0x40, dataCoding: 0xf6 });
  expect(answer.protocolId).toBe(0x7f);
  const opened = openAnswer(sim, answer.shortMessage);
  expect(opened).toMatchObject({
    packetCounter: 7,
    rsc: 0,
    octet0: 0x12,
    op: 0x82,
    result: 0,
    tries: 0x03,
    counter: 1,
  });
  expect(opened.data).toHaveLength(76);
  expect(provesItself(sim, data, opened.data)).toBe(true);
});
