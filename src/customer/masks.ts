// Names as they are shown to people who need to recognise them and no more. Pure.

/** `E*** M***` of a person; the first letter of the label of an account without one. */
export function maskName(who: {
  readonly givenName: string | null;
  readonly familyName: string | null;
  readonly accountLabel: string;
}): string {
  const parts = [who.givenName, who.familyName].filter((part) => part !== null && part !== '');
  return (parts.length === 0 ? [who.accountLabel] : parts)
    .map((part) => `${Array.from(part ?? '')[0] ?? ''}***`)
    .join(' ');
}
