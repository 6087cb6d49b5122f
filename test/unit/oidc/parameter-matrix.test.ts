// Profile × parameter × {missing, empty, bad, repeated}: every cell of the matrix against a real provider, and the
// document that is made from it.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  clientName,
  type Manner,
  type MatrixProfile,
  manners,
  matrixProfiles,
  parameters,
  redirectUri,
  requestOf,
} from '../../support/parameter-matrix.ts';
import { matrixAnswers } from '../../support/parameter-matrix-answers.ts';
import { answersOf, renderParameters, writtenParameters } from '../../support/parameters.ts';
import { openWorld, type World } from './relying-party.ts';
import { assertion, type KeyPair, keyPair, post } from './signing-client.ts';

let world: World;
let key: KeyPair;

beforeAll(async () => {
  world = await openWorld();
  key = await keyPair('ES256');
  for (const profile of matrixProfiles) await world.oidc.clients.add(clientOf(profile));
});
afterAll(() => world.close());

function clientOf(profile: MatrixProfile) {
  const auth =
    profile === 'fapi-2.0'
      ? { token_endpoint_auth_method: 'private_key_jwt', jwks: { keys: [key.publicJwk] } }
      : { client_secret: 'a-secret-of-more-than-32-characters' };
  return {
    client_id: profile,
    client_name: clientName,
    redirect_uris: [redirectUri],
    grant_types: ['authorization_code'],
    party: 'third',
    policy_uri: 'https://rp.exemple.test/policy',
    profile,
    ...auth,
  };
}

interface Answer {
  /** Where it is said: on our page, back at the client, or in JSON to the client itself. */
  readonly where: 'page' | 'back' | 'json' | 'login';
  readonly said: string;
}

async function ask(profile: MatrixProfile, name: string, manner: Manner): Promise<Answer> {
  const sent = requestOf(profile, name, manner);
  return profile === 'fapi-2.0' ? await push(profile, sent) : await askInBrowser(sent);
}

async function push(profile: MatrixProfile, sent: URLSearchParams): Promise<Answer> {
  const { client_id: _, ...proof } = await assertion(world, profile, key);
  for (const [name, value] of Object.entries(proof)) sent.set(name, value);
  const { status, body } = await post(`${world.issuer}/par`, sent);
  if (status === 201) return goesOn;
  expect(status).toBe(400);
  return { where: 'json', said: saying(body.error, body.error_description) };
}

async function askInBrowser(sent: URLSearchParams): Promise<Answer> {
  const response = await fetch(`${world.issuer}/auth?${sent}`, { redirect: 'manual' });
  const location = response.headers.get('location');
  if (location === null) {
    const { error, description } = (await response.json()) as { error: string; description: string };
    expect(response.status).toBe(400);
    return { where: 'page', said: saying(error, description) };
  }
  const to = new URL(location, world.issuer);
  if (to.pathname.startsWith('/interaction/')) return goesOn;
  expect(location).toMatch(new RegExp(`^${redirectUri}[?#]`));
  // For a response type whose answers go there.
  const said = to.searchParams.has('error') ? to.searchParams : new URLSearchParams(to.hash.slice(1));
  return { where: 'back', said: saying(said.get('error') ?? '', said.get('error_description')) };
}

const goesOn: Answer = { where: 'login', said: 'the login goes on' };

function saying(error: string, description: string | null | undefined): string {
  return description ? `${error}: ${description}` : error;
}

function placeOf(profile: MatrixProfile, name: string): Answer['where'] {
  if (profile === 'fapi-2.0') return 'json';
  return name === 'client_id' || name === 'redirect_uri' ? 'page' : 'back';
}

const rows = matrixProfiles.flatMap((profile) => Object.keys(parameters).map((name) => [profile, name] as const));

describe('each parameter has its answer', () => {
  test.each(rows)('%s: %s', async (profile, name) => {
    const answers: Answer[] = [];
    for (const manner of manners) answers.push(await ask(profile, name, manner));
    const expected = answersOf(profile, name).map((said) =>
      said === goesOn.said ? goesOn : { where: placeOf(profile, name), said },
    );
    expect(answers).toEqual(expected);
  });

  test('no parameter of a profile is left out', () => {
    for (const profile of matrixProfiles) expect(Object.keys(matrixAnswers[profile])).toEqual(Object.keys(parameters));
  });
});

test('docs/parameters.md is made from these answers (run `node test/support/parameters.ts`)', () => {
  expect(writtenParameters()).toBe(renderParameters());
});
