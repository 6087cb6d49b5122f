// The last door before the SMSC: nothing leaves for a number of no configured operator (A02).
import type { Smsc } from './smsc.ts';

type Transport = Pick<Smsc, 'isBound' | 'submit'>;

// Invalid destination address (SMPP 3.4, 5.1.3).
const noSuchDestination = 0x0b;

/** The transport, closed for numbers that are not served; they are refused as the SMSC would refuse them. */
export function onlyServed(transport: Transport, isServed: (msisdn: string) => boolean): Transport {
  return {
    isBound: transport.isBound,
    async submit(message, signal) {
      if (!isServed(message.destination)) return { kind: 'refused', status: noSuchDestination };
      return await transport.submit(message, signal);
    },
  };
}
