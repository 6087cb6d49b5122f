// The demo world without its hundred numbers that answer after 0 to 99 seconds: they are most of the work of a start.
import { selfAnsweringCustomers } from '../../src/demo/self-answering.ts';

/** For the sandbox of a test: each way to answer once. */
export const fewSelfAnswering = selfAnsweringCustomers.filter(
  ({ lines }) => !lines.some(({ msisdn }) => /^\+336399830(?!01)/.test(msisdn)),
);
