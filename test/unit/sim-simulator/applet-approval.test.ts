// AUTHENTICATE and AUTHORIZE on the card: screens, PIN and tries, reference code, ends without approval, repeats.

import { describe, expect, test } from 'vitest';
import { FLAG, OP, referenceCodeOf } from '../../../sim-simulator/applet-message.ts';
import { aCard, BACK, CANCEL, FRAUD, OK } from './card-in-hand.ts';
import { aNewSim, aRequest, octetsOf, provesItself, SHORT_CODE } from './provider-end.ts';

const code = (digits: string) => ({ kind: 'code', digits }) as const;

describe('with the PIN', () => {
  test('text with name and code, then the PIN, then a signed answer', async () => {
    const card = aCard();
    const data = await card.ask(aRequest('a', { op: OP.authorize }));
    expect(card.screen()).toMatchObject({
      kind: 'text',
      title: 'Portal',
      text: 'Sign in to the portal?',
      referenceCode: referenceCodeOf(octetsOf('a', 16)),
    });
    await card.press(OK);
    expect(card.screen()).toMatchObject({ kind: 'pin', text: 'Enter your 4-digit PIN' });
    await card.pin('4071');
    expect(card.screen()).toBeNull();
    expect(card.sent[0]?.destination).toBe(SHORT_CODE);
    const answer = card.answer();
    expect(answer).toMatchObject({ rsc: 0, octet0: 0x12, op: 0x83, result: 0, tries: 0x03, counter: 1 });
    expect(answer.data.subarray(8, 12)).toEqual(octetsOf('a', 16).subarray(0, 4));
    expect(provesItself(card.sim, data, answer.data)).toBe(true);
    expect(provesItself(card.sim, Buffer.concat([data, Buffer.of(0)]), answer.data)).toBe(false);
  });

  test('who types the PIN on the text has read it', async () => {
    const card = aCard();
    await card.ask(aRequest('a'));
    expect(await card.pin('4071')).toBe('taken');
    expect(card.answer()).toMatchObject({ octet0: 0x12, result: 0 });
  });

  test('French unless the request says otherwise, with its own words when no message came', async () => {
    const card = aCard();
    await card.ask(aRequest('a', { language: undefined, message: undefined, serviceName: undefined }));
    expect(card.screen()).toMatchObject({ title: 'SIM', text: 'Confirmer ?' });
    await card.press(OK);
    await card.pin('0000');
    expect(card.screen()?.text).toBe('Code faux, encore 2 essais');
  });

  test('wrong twice, then right: asked again on the phone, told once to the server', async () => {
    const card = aCard();
    await card.ask(aRequest('a'));
    await card.press(OK);
    await card.pin('0000');
    expect(card.screen()).toMatchObject({ kind: 'pin', text: 'Wrong PIN, 2 tries left' });
    await card.pin('1111');
    expect(card.screen()).toMatchObject({ kind: 'pin', text: 'Wrong PIN, 1 try left' });
    expect(card.sent).toHaveLength(0);
    await card.pin('4071');
    expect(card.answer()).toMatchObject({ result: 0, tries: 0x23 });
    expect(card.state).toMatchObject({ tries: 3, wrongPins: 0 });
    await card.ask(aRequest('b'));
    await card.pin('4071');
    expect(card.answer()).toMatchObject({ result: 0, tries: 0x03, counter: 2 });
  });

  test('three wrong: blocked, with a MAC; blocked before: said at once, without a screen', async () => {
    const card = aCard();
    const data = await card.ask(aRequest('a'));
    for (const digits of ['0000', '1111', '2222']) {
      await card.pin(digits);
    }
    expect(card.screen()).toBeNull();
    expect(card.answer()).toMatchObject({ octet0: 0x11, result: 4, tries: 0x30 });
    expect(provesItself(card.sim, data, card.answer().data)).toBe(true);
    const screens = card.screens.length;
    await card.ask(aRequest('b'));
    expect(card.screens).toHaveLength(screens);
    expect(card.answer()).toMatchObject({ result: 4, tries: 0x30, counter: 2 });
  });

  test('wrong PINs count over requests and days, and a right one ends the count (X33, X34)', async () => {
    const card = aCard();
    for (const name of ['a', 'b']) {
      await card.ask(aRequest(name));
      await card.press(OK, { kind: 'pin', digits: '0000' }, CANCEL);
      card.timers.advance(86_400_000);
    }
    expect(card.answer()).toMatchObject({ result: 1, tries: 0x21 });
    await card.ask(aRequest('c'));
    await card.pin('4071');
    expect(card.answer()).toMatchObject({ result: 0, tries: 0x23 });
    await card.ask(aRequest('d'));
    await card.press(OK, { kind: 'pin', digits: '0000' }, { kind: 'pin', digits: '0000' }, CANCEL);
    expect(card.answer()).toMatchObject({ result: 1, tries: 0x21 });
  });

  test('a try is on disk before the PIN is compared, tries and counter before the answer leaves', async () => {
    const card = aCard();
    await card.ask(aRequest('a'));
    card.history.length = 0;
    await card.pin('4071');
    expect(card.history).toMatchObject([
      { tries: 2, wrongPins: 1, appletCounter: 0 },
      { tries: 3, wrongPins: 0, appletCounter: 1, answers: [{ challenge: octetsOf('a', 16).toString('hex') }] },
      'answer',
    ]);
  });

  test('pulling the plug at the comparison costs the try, and changing the phone does not bring it back (X40)', async () => {
    const card = aCard();
    await card.ask(aRequest('a'));
    card.history.length = 0;
    await card.pin('4071');
    const onDisk = card.history[0];
    const restarted = aCard(card.sim, structuredClone(onDisk as typeof card.state));
    await restarted.ask(aRequest('b', { op: OP.status, flags: 0, proof: 1 }));
    expect(restarted.answer().tries).toBe(0x12);
  });
});

describe('ends without approval', () => {
  test.each([
    ['cancel on the text', [CANCEL], 1],
    ['back on the first screen', [BACK], 1],
    ['fraud on the text', [FRAUD], 3],
    ['cancel at the PIN', [OK, CANCEL], 1],
    ['fraud at the PIN', [OK, FRAUD], 3],
    ['back from the PIN, then back again', [OK, BACK, BACK], 1],
  ])('%s', async (_name, keys, result) => {
    const card = aCard();
    const data = await card.ask(aRequest('a'));
    await card.press(...keys);
    expect(card.screen()).toBeNull();
    expect(card.answer()).toMatchObject({ octet0: 0x11, result, tries: 0x03 });
    expect(card.answer().data).toHaveLength(28);
    expect(provesItself(card.sim, data, card.answer().data)).toBe(true);
  });

  test('back from the PIN shows the text again, and the PIN can still be given', async () => {
    const card = aCard();
    await card.ask(aRequest('a'));
    await card.press(OK, BACK);
    expect(card.screen()).toMatchObject({ kind: 'text' });
    await card.press(OK);
    await card.pin('4071');
    expect(card.answer().result).toBe(0);
  });

  test('no key before the time is over: screen gone, result 02, later keys do nothing (X18)', async () => {
    const card = aCard();
    await card.ask(aRequest('a', { ttlSeconds: 30 }));
    card.timers.advance(29_999);
    expect(card.screen()).not.toBeNull();
    card.timers.advance(1);
    await card.card.powerDown();
    expect(card.screen()).toBeNull();
    expect(card.answer()).toMatchObject({ result: 2, tries: 0x03 });
    expect(await card.pin('4071')).toBe('no_screen');
    expect(card.sent).toHaveLength(1);
  });

  test('an answer in time stops the clock', async () => {
    const card = aCard();
    await card.ask(aRequest('a', { ttlSeconds: 30 }));
    await card.pin('4071');
    card.timers.advance(60_000);
    await card.card.powerDown();
    expect(card.sent).toHaveLength(1);
  });

  test('power off: no answer at all, and the same request rings again after power on (X27)', async () => {
    const card = aCard();
    const request = aRequest('a');
    await card.ask(request);
    await card.card.powerDown();
    expect(card.sent).toHaveLength(0);
    expect(card.screen()).toBeNull();
    card.timers.advance(300_000);
    await card.ask(request);
    await card.pin('4071');
    expect(card.answer()).toMatchObject({ result: 0, counter: 1 });
  });

  test('keys that a screen does not take change nothing', async () => {
    const card = aCard();
    await card.ask(aRequest('a'));
    expect(await card.press(code('1234'))).toBe('wrong_key');
    await card.press(OK);
    expect(await card.press(OK)).toBe('wrong_key');
    expect(card.screen()).toMatchObject({ kind: 'pin' });
  });

  test('not enrolled: 05 with FF for the tries, nothing shown', async () => {
    const card = aCard(aNewSim());
    await card.ask(aRequest('a'));
    expect(card.answer()).toMatchObject({ octet0: 0x11, result: 5, tries: 0xff });
    expect(card.screens).toEqual([]);
  });
});

describe('click OK', () => {
  const click = aRequest('click', { proof: 1, flags: FLAG.showCode });

  test('is confirmed with OK and answered with a MAC, never a signature', async () => {
    const card = aCard();
    const data = await card.ask(click);
    expect(card.screen()).toMatchObject({ kind: 'confirm', referenceCode: referenceCodeOf(octetsOf('click', 16)) });
    expect(await card.pin('4071')).toBe('wrong_key');
    await card.press(OK);
    expect(card.answer()).toMatchObject({ octet0: 0x11, result: 0, tries: 0x03 });
    expect(provesItself(card.sim, data, card.answer().data)).toBe(true);
  });

  test('does not go through on a blocked card', async () => {
    const card = aCard();
    card.state.tries = 0;
    await card.ask(click);
    expect(card.answer().result).toBe(4);
  });
});

describe('the reference code typed on the phone', () => {
  const typed = aRequest('typed', { flags: FLAG.pin | FLAG.typeCode });
  const right = referenceCodeOf(octetsOf('typed', 16));
  const wrong = right === '0001' ? '0002' : '0001';

  test('is asked before the PIN and shown nowhere (X16)', async () => {
    const card = aCard();
    await card.ask(typed);
    expect(card.screen()).toMatchObject({ kind: 'code', referenceCode: null });
    expect(card.screen()?.text).not.toContain(right);
    expect(await card.pin('4071')).toBe('wrong_key');
    await card.press(code(right));
    expect(card.screen()).toMatchObject({ kind: 'pin', referenceCode: null });
    await card.pin('4071');
    expect(card.answer()).toMatchObject({ octet0: 0x12, result: 0 });
  });

  test('wrong once is asked again, wrong twice ends with 0C and costs no PIN try', async () => {
    const card = aCard();
    await card.ask(typed);
    await card.press(code(wrong));
    expect(card.screen()).toMatchObject({ kind: 'code' });
    await card.press(code(wrong));
    expect(card.answer()).toMatchObject({ octet0: 0x11, result: 0x0c, tries: 0x03 });
  });

  test('going back from the PIN does not give new rounds', async () => {
    const card = aCard();
    await card.ask(typed);
    await card.press(code(wrong), code(right), BACK, code(wrong));
    expect(card.answer().result).toBe(0x0c);
  });

  test('takes the place of the click where no PIN is wanted', async () => {
    const card = aCard();
    await card.ask({ ...typed, proof: 1, flags: FLAG.typeCode });
    await card.press(code(right));
    expect(card.answer()).toMatchObject({ octet0: 0x11, result: 0 });
  });
});
