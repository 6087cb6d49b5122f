// A third party cannot call itself like the operator, however it spells it; honest names in any language pass.
import { describe, expect, test } from 'vitest';
import { clientNameProblem } from '../../../src/oidc/client-names.ts';
import { applyProfile } from '../../../src/oidc/profiles.ts';

describe('the name of a third party (X25)', () => {
  test.each([
    'Exemple Télécom',
    'EXEMPLE  TELECOM – Sécurité',
    'Exemp1e Té1éc0m',
    'Ile Telecom',
    'M0bile-C0nnect',
    'Моbile Соnnect',
    'Ехеmрlе Теlесоm',
    'Mobile​Connect',
  ])('%s is refused', (name) => {
    expect(clientNameProblem(name)).toMatch(/^client_name/);
  });

  test.each([
    'Petite Boutique',
    'Exemple de boulangerie',
    'Банк',
    'Τράπεζα',
    'Île de beauté',
    'Mobilité 24',
    undefined,
  ])('%s is not', (name) => {
    expect(clientNameProblem(name)).toBeUndefined();
  });

  test('is looked at when it registers; the operator’s own clients may have its name', () => {
    const metadata = { client_name: 'Exemple Télécom', policy_uri: 'https://rp.exemple.test/policy' };
    const register = (more: object) =>
      applyProfile({ ...metadata, ...more }, { dynamic: false, brand: 'exemple', said: {} });
    expect(() => register({})).toThrow(/client_name looks like/);
    expect(() => register({ party: 'first' })).not.toThrow();
  });
});
