// A new password in the area, over a fake operator: what is sent, and that nothing that was typed comes back.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { csrfOf, wordsOf } from './browser.ts';
import type { ApiCall, ApiReply } from './fake-behaviour.ts';
import { startWorld, type World } from './portal-world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
beforeEach(() => world.reset());
afterAll(() => world.stop());

const typed = { current_password: 'the old one', new_password: 'corbeau violet', confirm_password: 'corbeau violet' };

async function change(reply: ApiReply) {
  const calls: ApiCall[] = [];
  world.issuer.behaviour.apisAnswerProfile = true;
  world.issuer.behaviour.apis = (call) => {
    calls.push(call);
    return call.path === '/account/v1/me/password' ? reply : undefined;
  };
  const browser = world.browser();
  await browser.open('/login');
  const csrf = csrfOf(await browser.get('/account/password'));
  const sent = await browser.post('/account/password', { csrf, ...typed });
  return { calls, sent, back: await browser.get(sent.location ?? '') };
}

test('goes to the API as it was typed, and the page says that it is saved', async () => {
  const { calls, back } = await change({ status: 204 });
  const [call] = calls.filter(({ method }) => method === 'POST');
  expect(call?.body).toEqual({ current: 'the old one', new: 'corbeau violet', confirm: 'corbeau violet' });
  expect(wordsOf(back)).toContain('Votre nouveau mot de passe est enregistré');
});

test.each([
  ['current', 'Ce n’est pas votre mot de passe actuel'],
  ['new', 'Ce mot de passe ne va pas'],
  ['confirm', 'ne sont pas les mêmes'],
])('that is not right in “%s” is asked for again, with the reason and without what was typed', async (field, words) => {
  const body = { code: 'validation', fields: [{ field, problem: 'wrong' }] };
  const { back } = await change({ status: 422, body });
  expect(wordsOf(back)).toContain(words);
  for (const secret of Object.values(typed)) expect(back.body).not.toContain(secret);
});
