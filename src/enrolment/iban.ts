// International bank account numbers (ISO 13616): spelling, length by country, check digits. Pure.

// Countries of the single euro payments area, and the island: those that an invoice can be taken from.
const lengths: ReadonlyMap<string, number> = new Map(
  `AD24 AT20 BE16 BG22 CH21 CY28 CZ24 DE22 DK18 EE20 ES24 FI18 FR27 GB22 GI23 GR27 HR21 HU28 IE22 IS26 IT27 LI21 LT20
  LU20 LV21 MC27 MT31 MU30 NL18 NO15 PL28 PT25 RO24 SE24 SI19 SK24 SM27 VA22`
    .split(/\s+/)
    .map((entry) => [entry.slice(0, 2), Number(entry.slice(2))]),
);

/** Reads an IBAN in any usual spelling; undefined if it is none, or of a country that is not served. */
export function parseIban(text: string): string | undefined {
  if (text.length > 60) return undefined;
  const bare = text.replace(/[ \t\u00A0\u202F.-]/g, '').toUpperCase();
  if (!/^[A-Z]{2}[0-9]{2}[A-Z0-9]+$/.test(bare)) return undefined;
  if (lengths.get(bare.slice(0, 2)) !== bare.length) return undefined;
  return remainder(bare) === 1 ? bare : undefined;
}

/** ISO 7064 MOD 97-10 over the rearranged number, letters as two digits. */
function remainder(iban: string): number {
  let rest = 0;
  for (const character of iban.slice(4) + iban.slice(0, 4)) {
    for (const digit of Number.parseInt(character, 36).toString()) rest = (rest * 10 + Number(digit)) % 97;
  }
  return rest;
}

/** For pages: country, check digits and the last four, `FR76 •••• 0189`. */
export function maskIban(iban: string): string {
  return `${iban.slice(0, 4)} •••• ${iban.slice(-4)}`;
}

/** For a phone's small screen. */
export function endOfIban(iban: string): string {
  return iban.slice(-4);
}
