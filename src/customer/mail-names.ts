// Which local parts an address may have, which nobody may have, and which to propose to somebody. Pure (D14, X93).
import type { MailboxUser } from './mailbox-types.ts';

const shortest = 3;
const longest = 40;

/**
 * Reads a local part, or a whole address of the domain, in any case. Letters and digits with single dots, hyphens or
 * underscores between them, 3 to 40 characters. Undefined for anything else.
 */
export function readLocalPart(text: string, domain: string): string | undefined {
  const lowered = text.trim().toLowerCase();
  const local = lowered.endsWith(`@${domain}`) ? lowered.slice(0, -domain.length - 1) : lowered;
  if (local.length < shortest || local.length > longest) return undefined;
  return /^[a-z0-9]+(?:[._-][a-z0-9]+)*$/.test(local) ? local : undefined;
}

// Addresses that speak for the operator or the domain (RFC 2142, and what certificate authorities write to).
const reserved = new Set(
  `postmaster hostmaster webmaster mailmaster abuse admin admins administrator administrators administrateur
   administration root system sysadmin sslmaster ssladmin sslwebmaster domainadmin domains security securite
   noc support supporttechnique help helpdesk aide assistance info infos information contact contacts service services
   serviceclient servicesclient serviceclients clientservice customerservice client clients hotline sav billing facture
   factures facturation invoice invoices payment payments paiement paiements sales marketing news newsletter usenet
   uucp ftp www web mail email smtp imap pop dns noreply nepasrepondre donotreply mailer mailerdaemon daemon nobody
   bounce bounces listserv majordomo moderator moderateur official officiel equipe team direction juridique legal
   privacy dpo rgpd gdpr fraud fraude phishing spam alert alerts alerte alertes notification notifications account
   accounts compte comptes login password motdepasse mobileconnect portal portail espaceclient null undefined test`
    .trim()
    .split(/\s+/),
);

/** True for names that nobody gets, however they are written: `Post.Master`, `no-reply`, `exemple-support`. */
export function isReserved(localPart: string, brand: string): boolean {
  const squeezed = squeeze(localPart).replace(/\d+$/, '');
  const ofBrand = squeeze(brand);
  const bare = squeezed.startsWith(ofBrand)
    ? squeezed.slice(ofBrand.length)
    : squeezed.endsWith(ofBrand)
      ? squeezed.slice(0, -ofBrand.length)
      : squeezed;
  return reserved.has(squeezed) || squeezed === ofBrand || reserved.has(bare);
}

function squeeze(text: string): string {
  return text.toLowerCase().replace(/[^a-z0-9]/g, '');
}

/** Names for somebody, best first; many, because the first ones may be taken. All can be read by `readLocalPart`. */
export function proposeNames({ givenName, familyName }: Pick<MailboxUser, 'givenName' | 'familyName'>): string[] {
  const given = plain(givenName);
  const family = plain(familyName);
  const bases = combine(given, family);
  const numbered = Array.from({ length: 98 }, (_, index) => `${bases[0]}${index + 2}`);
  const all = [...bases, ...numbered].map((name) => shorten(name));
  return [...new Set(all)].filter((name) => readLocalPart(name, '') !== undefined);
}

function combine(given: string, family: string): readonly [string, ...string[]] {
  const [first = '', last = ''] = [given[0], family[0]];
  // Names of another script leave nothing to make an address of.
  if (given === '' && family === '') return ['boite'];
  if (given === '' || family === '') return [given + family, `boite-${given}${family}`, `${given}${family}-mail`];
  return [
    `${given}.${family}`,
    `${family}.${given}`,
    `${first}.${family}`,
    `${given}-${family}`,
    `${family}-${given}`,
    `${given}.${last}`,
    `${given}_${family}`,
  ];
}

const letters: Readonly<Record<string, string>> = { œ: 'oe', æ: 'ae', ß: 'ss', ø: 'o', ł: 'l', đ: 'd', ı: 'i' };

function plain(name: string): string {
  return name
    .toLowerCase()
    .replace(/[œæßøłđı]/g, (letter) => letters[letter] ?? '')
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .replace(/['’]/g, '')
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
}

function shorten(name: string): string {
  const number = /\d*$/.exec(name)?.[0] ?? '';
  const base = name.slice(0, name.length - number.length);
  return base.slice(0, longest - number.length).replace(/[._-]+$/, '') + number;
}
