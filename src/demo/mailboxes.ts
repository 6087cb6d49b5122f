// The secondary mailboxes of the demo: Inès has opened eight, so that one more can be had. Data only.

/** Opens each of them. */
export const demoMailboxPassword = 'secondary-demo-password';

/** Those of Inès, for a large family. */
export const inesMailboxes = [
  ['M.', 'Rafael', 'Garcia'],
  ['Mme', 'Lucía', 'Garcia'],
  ['M.', 'Mateo', 'Garcia'],
  ['Mme', 'Carmen', 'Garcia'],
  ['M.', 'Pablo', 'Garcia'],
  ['Mme', 'Elena', 'Etcheverry'],
  ['M.', 'Peio', 'Etcheverry'],
  ['Mme', 'Maite', 'Etcheverry'],
].map(([civility, givenName = '', familyName = '']) => ({
  civility: civility === 'M.' ? ('M.' as const) : ('Mme' as const),
  ...{ givenName, familyName },
  email: `${givenName}.${familyName}@exemple.test`.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase(),
}));
