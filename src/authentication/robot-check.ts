// A robot check: letters drawn in strokes of our own, and beside them a small sum in words for whoever cannot see a
// picture. Either answer will do. Pure; chance comes in as octets. What really limits robots are the budgets of SMS.
import { z } from 'zod';

const checkSchema = z.object({
  letters: z.string().regex(/^[A-Z0-9]{5}$/),
  /** Decides how the letters are drawn, so that a page that is shown again shows the same picture. */
  seed: z.int().min(0).max(0xffff_ffff),
  sum: z.tuple([z.int().min(1).max(12), z.int().min(1).max(12)]),
});

export type RobotCheck = z.infer<typeof checkSchema>;

/** Strokes on a grid 4 wide and 6 high: `x,y x,y …`, several separated by `|`. Nothing that looks like another. */
const glyphs: Readonly<Record<string, string>> = {
  A: '0,6 2,0 4,6|1,4 3,4',
  C: '4,1 3,0 1,0 0,1 0,5 1,6 3,6 4,5',
  E: '4,0 0,0 0,6 4,6|0,3 3,3',
  F: '4,0 0,0 0,6|0,3 3,3',
  H: '0,0 0,6|4,0 4,6|0,3 4,3',
  K: '0,0 0,6|4,0 0,3 4,6',
  L: '0,0 0,6 4,6',
  M: '0,6 0,0 2,3 4,0 4,6',
  N: '0,6 0,0 4,6 4,0',
  P: '0,6 0,0 3,0 4,1 4,2 3,3 0,3',
  R: '0,6 0,0 3,0 4,1 4,2 3,3 0,3|2,3 4,6',
  T: '0,0 4,0|2,0 2,6',
  V: '0,0 2,6 4,0',
  X: '0,0 4,6|4,0 0,6',
  Y: '0,0 2,3 4,0|2,3 2,6',
  3: '0,1 1,0 3,0 4,1 4,2 3,3 4,4 4,5 3,6 1,6 0,5|2,3 3,3',
  4: '3,6 3,0 0,4 4,4',
  7: '0,0 4,0 1,6',
  9: '4,3 1,3 0,2 0,1 1,0 3,0 4,1 4,4 3,6 1,6',
};

const alphabet = Object.keys(glyphs);
const length = 5;

/** Draws a new check. */
export function newRobotCheck(randomBytes: (size: number) => Buffer): RobotCheck {
  const pick = (most: number): number => randomBytes(4).readUInt32BE() % most;
  return {
    letters: Array.from({ length }, () => alphabet[pick(alphabet.length)] ?? '').join(''),
    seed: pick(0xffff_ffff),
    sum: [1 + pick(12), 1 + pick(12)],
  };
}

/** Reads a check that was kept. Throws when it is none. */
export function readRobotCheck(text: string): RobotCheck {
  return checkSchema.parse(JSON.parse(text));
}

/** True for the letters, in any case and spacing, or for the sum. */
export function answersRobotCheck(check: RobotCheck, answer: string): boolean {
  if (answer.length > 40) return false;
  const bare = answer.replace(/[\s\u00A0\u202F.-]/g, '').toUpperCase();
  return bare === check.letters || bare === String(check.sum[0] + check.sum[1]);
}

const cell = { width: 44, height: 72, scale: 7 };

/** The letters as an SVG document: strokes only, no text in it. */
export function drawRobotCheck({ letters, seed }: RobotCheck): string {
  const next = numbersFrom(seed);
  const between = (least: number, most: number): number => Math.round((least + next() * (most - least)) * 10) / 10;
  const width = cell.width * length + 16;
  const height = cell.height + 16;
  const drawn = [...letters].map((letter, index) => {
    const x = 16 + index * cell.width + between(-3, 3);
    const y = 18 + between(-6, 6);
    const lines = (glyphs[letter] ?? '').split('|').map((stroke) => pathOf(stroke, between));
    return `<g transform="translate(${x} ${y}) rotate(${between(-14, 14)} 14 21)">${lines.join('')}</g>`;
  });
  const noise = Array.from({ length: 4 }, () => {
    const y = () => between(6, height - 6);
    return `<path d="M0 ${y()}C${width / 3} ${y()} ${(2 * width) / 3} ${y()} ${width} ${y()}" stroke-width="1.5"/>`;
  });
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">` +
    `<rect width="${width}" height="${height}" rx="8" fill="#fff"/>` +
    `<g fill="none" stroke="#222" stroke-width="4" stroke-linecap="round" stroke-linejoin="round">` +
    `${drawn.join('')}${noise.join('')}</g></svg>`
  );
}

function pathOf(stroke: string, between: (least: number, most: number) => number): string {
  const points = stroke.split(' ').map((point) => {
    const [x = 0, y = 0] = point.split(',').map(Number);
    return `${x * cell.scale + between(-1.2, 1.2)} ${y * cell.scale + between(-1.2, 1.2)}`;
  });
  return `<path d="M${points.join('L')}"/>`;
}

/** Numbers from 0 to below 1 that the seed determines (a linear congruence: it only has to wobble). */
function numbersFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 0x1_0000_0000;
  };
}
