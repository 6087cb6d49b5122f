// Names that a third party may not have: the phone shows the name, so one that looks like the operator's would be
// believed (X25). Compared by how they look, not by how they are spelt. Pure.

/** Whole or as a part, these names are the operator's own. */
const reserved = ['Exemple Télécom', 'Île Télécom', 'Mobile Connect'];

// Letters of other scripts, and digits and signs, that look like one of ours (after Unicode's confusables).
const lookalikes = new Map(
  [
    ['a', 'аα@'],
    ['b', 'вβ'],
    ['c', 'сϲ'],
    ['e', 'еε3'],
    ['h', 'н'],
    ['k', 'кκ'],
    ['l', 'iі1|ιӏ!'],
    ['m', 'м'],
    ['n', 'ηп'],
    ['o', 'оο0'],
    ['p', 'рρ'],
    ['s', 'ѕ5$'],
    ['t', 'тτ'],
    ['u', 'υ'],
    ['x', 'хχ'],
    ['y', 'у'],
  ].flatMap(([letter = '', others = '']) => Array.from(others, (other) => [other, letter] as const)),
);

/** How a name looks: without case, accents, spaces and signs, and with each lookalike as the letter that it imitates. */
function lookOf(name: string): string {
  const plain = name
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase();
  const letters = Array.from(plain, (character) => lookalikes.get(character) ?? character);
  return letters.filter((character) => /[\p{L}\p{N}]/u.test(character)).join('');
}

/** What is wrong with a third party's name; undefined if nothing is. */
export function clientNameProblem(name: unknown): string | undefined {
  if (typeof name !== 'string') return undefined;
  if (/\p{Script=Latin}/u.test(name) && /[\p{Script=Cyrillic}\p{Script=Greek}]/u.test(name)) {
    return 'client_name mixes scripts whose letters look alike';
  }
  const look = lookOf(name);
  return reserved.some((own) => look.includes(lookOf(own)))
    ? 'client_name looks like a name of the operator'
    : undefined;
}
