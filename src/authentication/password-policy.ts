// What a new account password must be, wherever one is chosen. Pure: length over tricks (NIST SP 800-63B), nothing that
// everybody tries first, nothing that is on the envelope.
import { longestPassword } from './password.ts';

/** By code points. */
export const shortestPassword = 10;

export type PasswordFault = 'too-short' | 'too-long' | 'too-simple' | 'too-common' | 'about-you';

/** Begin most lists of stolen passwords; compared without case, accents, digits and signs at the end. */
const common = new Set(
  `password passwort motdepasse mdp azerty azertyuiop qwerty qwertyuiop qwertz letmein bonjour bienvenue welcome
   iloveyou jetaime soleil loulou doudou chouchou princesse princess administrateur administrator administration secret
   abcdefgh abcdefghij football superman batman dragon monkey sunshine marseille changeme exemple mobileconnect`.split(
    /\s+/,
  ),
);
const runs = ['0123456789012345678901234567890', 'abcdefghijklmnopqrstuvwxyzabcdefghij', 'azertyuiopqsdfghjklmwxcvbn'];
const leastDifferent = 4;
const shortestWord = 4;

/** What is wrong with a new password; undefined if nothing is. `about`: names and addresses of whoever will use it. */
export function passwordFault(password: string, about: readonly string[] = []): PasswordFault | undefined {
  const normal = password.normalize('NFC');
  const characters = Array.from(normal);
  if (characters.length < shortestPassword) return 'too-short';
  // As the verifier counts: what is stored must be accepted again.
  if (password.length > longestPassword || normal.length > longestPassword) return 'too-long';
  const plain = plainForm(normal);
  if (new Set(characters).size < leastDifferent || isRun(plain)) return 'too-simple';
  const word = plain.replace(/[^a-z]+$/, '').replace(/[^a-z]+/g, '');
  if (common.has(word)) return 'too-common';
  return isAbout(plain, about) ? 'about-you' : undefined;
}

function isRun(plain: string): boolean {
  return runs.some((run) => run.includes(plain) || Array.from(run).toReversed().join('').includes(plain));
}

/** Nothing but a name or address that is known, with at most a few characters round it. */
function isAbout(plain: string, about: readonly string[]): boolean {
  const words = about.flatMap((text) => [plainForm(text), plainForm(text.split('@')[0] ?? '')]);
  return words.some((word) => word.length >= shortestWord && plain.replaceAll(word, '').length < shortestWord);
}

function plainForm(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
}
