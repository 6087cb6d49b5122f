// The three levels of an authentication and their order (mission 4.1). Pure.

/** `pwd`: account password · `sim-ok`: OK pressed on the SIM · `sim-pin`: PIN checked by the SIM. */
export type Level = 'pwd' | 'sim-ok' | 'sim-pin';

/** All levels, lowest first. */
export const levels: readonly Level[] = ['pwd', 'sim-ok', 'sim-pin'];

/** Rank of a level, 1 to 3; also its name in the `loa` vocabulary. */
export function rankOf(level: Level): number {
  return levels.indexOf(level) + 1;
}

/** True if `achieved` is at least `asked`. */
export function satisfies(achieved: Level, asked: Level): boolean {
  return rankOf(achieved) >= rankOf(asked);
}
