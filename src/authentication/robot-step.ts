// The robot check as a step of a flow that is kept in a table: drawn, shown again unchanged, answered once, renewed.
import type { MasterKey, SealedPlace } from '../ops/master-key.ts';
import { answersRobotCheck, drawRobotCheck, newRobotCheck, readRobotCheck } from './robot-check.ts';

export interface RobotStepDeps {
  readonly masterKey: MasterKey;
  readonly randomBytes: (size: number) => Buffer;
  /** Where the check of a flow is sealed. */
  readonly place: (id: string) => SealedPlace;
  /** Takes it away: true for one caller, in time. */
  readonly take: (id: string, robotSealed: string) => Promise<boolean>;
  /** Puts another in its place, unless one counts still. */
  readonly renew: (id: string, robotSealed: string) => Promise<void>;
}

export interface ShownCheck {
  /** An SVG document. */
  readonly picture: string;
  readonly sum: readonly [number, number];
}

export interface RobotStep {
  /** A new check, sealed. */
  fresh(id: string): string;
  show(id: string, robotSealed: string): ShownCheck;
  renew(id: string): Promise<void>;
  /** True for a right answer in time; a check answers for one try, whatever the try was, and a wrong one renews it. */
  answer(flow: { id: string; robotSealed: string | null }, answer: string): Promise<boolean>;
}

/** Makes the step over where its flow is kept. */
export function createRobotStep({ masterKey, randomBytes, place, take, renew }: RobotStepDeps): RobotStep {
  const fresh = (id: string): string => masterKey.seal(place(id), JSON.stringify(newRobotCheck(randomBytes)));
  const open = (id: string, sealed: string) => readRobotCheck(masterKey.open(place(id), sealed).toString());
  return {
    fresh,
    show(id, robotSealed) {
      const check = open(id, robotSealed);
      return { picture: drawRobotCheck(check), sum: check.sum };
    },
    renew: (id) => renew(id, fresh(id)),
    async answer({ id, robotSealed }, answer) {
      // Taken before it is compared.
      const taken = robotSealed !== null && (await take(id, robotSealed));
      if (taken && answersRobotCheck(open(id, robotSealed), answer)) return true;
      await renew(id, fresh(id));
      return false;
    },
  };
}
