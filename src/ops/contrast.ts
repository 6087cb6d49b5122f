// Colours: how far two are apart for the eye (WCAG 2.2, contrast ratio), and what lies between them.

/** 1 (the same) to 21 (black on white) for two colours `#rrggbb`. */
export function contrast(one: string, other: string): number {
  const [darker = 0, lighter = 0] = [luminance(one), luminance(other)].toSorted((a, b) => a - b);
  return (lighter + 0.05) / (darker + 0.05);
}

/** `#rrggbb` between two: `share` of the first, 0 to 1. */
export function mix(one: string, other: string, share: number): string {
  const parts = [1, 3, 5].map((at) => Math.round(partOf(one, at) * share + partOf(other, at) * (1 - share)));
  return `#${parts.map((part) => part.toString(16).padStart(2, '0')).join('')}`;
}

function partOf(colour: string, at: number): number {
  return Number.parseInt(colour.slice(at, at + 2), 16);
}

function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => linear(partOf(colour, at) / 255));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function linear(part: number): number {
  return part <= 0.040_45 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
}
