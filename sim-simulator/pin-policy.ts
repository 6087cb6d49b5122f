// Which new PINs the applet refuses (sim-channel 5.5, C5 in decision 58). The card is the one that enforces this.

export const PIN_POLICY = { noSequences: 1, noRepeatedPairs: 2, noBirthYear: 4 } as const;

const SEQUENCES = '01234567890 09876543210';

/** True when these four digits may not become a PIN; four identical digits never may. */
export function isWeakPin(pin: string, policyBits: number): boolean {
  const [first, second, third, fourth] = pin;
  const sequence = SEQUENCES.includes(pin);
  const repeatedPair = first === third && second === fourth;
  const birthYear = /^(19|20)/.test(pin);
  return (
    new Set(pin).size === 1 ||
    ((policyBits & PIN_POLICY.noSequences) !== 0 && sequence) ||
    ((policyBits & PIN_POLICY.noRepeatedPairs) !== 0 && repeatedPair) ||
    ((policyBits & PIN_POLICY.noBirthYear) !== 0 && birthYear)
  );
}
