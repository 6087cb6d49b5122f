// The order of the test files: those that take longest begin first, so that no core waits for them at the end.
import { BaseSequencer, type TestSpecification } from 'vitest/node';

const slow = [
  'test/browser/',
  'test/platform/nodes',
  'test/flow/restart',
  'test/flow/api-access',
  'test/unit/sim-simulator/static-files-browser',
  'test/unit/cli.test',
];

/** Sorts as vitest does (longest known first, else largest), after the files that are known to be slow. */
export class SlowFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => {
      const place = slow.findIndex((part) => moduleId.includes(part));
      return place === -1 ? slow.length : place;
    };
    return (await super.sort(files)).toSorted((a, b) => rank(a) - rank(b));
  }
}
