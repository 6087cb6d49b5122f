// Which operator a number belongs to, by its leading digits, and which operator a network code names. Pure: the plan
// comes from the configuration, and nothing here knows whether a number is in use.

/** One operator of this deployment. */
export interface Operator {
  /** The brand that its numbers belong to. */
  readonly id: string;
  /** Mobile country code and network code, `208_99`. */
  readonly mccMnc: string;
  /** ISO 3166 and ISO 4217, from the country code. */
  readonly country: string;
  readonly currency: string;
  /** Leading digits in E.164 with plus sign; a whole number for one that was ported in. */
  readonly prefixes: readonly string[];
}

export interface NumberingPlan {
  /** The operator with the longest prefix of this number (E.164 with plus sign). */
  operatorOf(msisdn: string): Operator | undefined;
  /** By mobile country code and mobile network code; `01` and `1` are two networks. */
  operatorOfNetwork(mcc: string, mnc: string): Operator | undefined;
  readonly operators: readonly Operator[];
}

const countries: Readonly<Record<string, { country: string; currency: string }>> = {
  '208': { country: 'FR', currency: 'EUR' },
  '617': { country: 'MU', currency: 'MUR' },
  '647': { country: 'RE', currency: 'EUR' },
};

/** The form of the variable, for people. */
export const planForm =
  'operator:mcc_mnc:+prefix[/+prefix…], separated by commas, such as exemple:208_99:+3363998 (mcc 208, 617 or 647)';

/** Reads the plan; undefined if an entry is malformed or two entries claim the same network or prefix. */
export function readNumberingPlan(text: string): NumberingPlan | undefined {
  const entries = text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
  const operators = entries.map(readOperator).filter((operator) => operator !== undefined);
  if (operators.length === 0 || operators.length < entries.length) return undefined;
  const claims = operators.flatMap(({ id, mccMnc, prefixes }) => [id, mccMnc, ...prefixes]);
  return new Set(claims).size < claims.length ? undefined : createNumberingPlan(operators);
}

function readOperator(entry: string): Operator | undefined {
  const [, id = '', mcc = '', mnc = '', list = ''] =
    /^([a-z][a-z0-9-]{0,31}):([0-9]{3})_([0-9]{2,3}):(\+[0-9+/]+)$/.exec(entry) ?? [];
  const prefixes = list.split('/');
  const money = countries[mcc];
  if (money === undefined || !prefixes.every((prefix) => /^\+[1-9][0-9]{1,14}$/.test(prefix))) return undefined;
  return { id, mccMnc: `${mcc}_${mnc}`, ...money, prefixes };
}

/** Makes the look-ups over the operators: one step for each digit of a number, however many prefixes there are. */
export function createNumberingPlan(operators: readonly Operator[]): NumberingPlan {
  const byPrefix = new Map(operators.flatMap((operator) => operator.prefixes.map((prefix) => [prefix, operator])));
  const byNetwork = new Map(operators.map((operator) => [operator.mccMnc, operator]));
  return {
    operatorOf(msisdn) {
      for (let length = Math.min(msisdn.length, 16); length > 1; length--) {
        const operator = byPrefix.get(msisdn.slice(0, length));
        if (operator !== undefined) return operator;
      }
      return undefined;
    },
    operatorOfNetwork: (mcc, mnc) => byNetwork.get(`${mcc}_${mnc}`),
    operators,
  };
}
