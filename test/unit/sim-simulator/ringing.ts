// A simulator with Alice's phone, Bruno's (switched off) and a spare SIM, a bound ESME to ring with, and raw HTTP.

import { request } from 'node:http';
import { encodeRequest } from '../../../sim-simulator/applet-message.ts';
import { textToSeptets } from '../../../sim-simulator/gsm7.ts';
import { bindEsme, submitToCard } from './esme.ts';
import { aNewSim, anExport, aRequest, aSim, sealed } from './provider-end.ts';
import { aPlace, start } from './running.ts';

export const NUMBER = '+33639980001';
export const SIM = `/v1/sims/${encodeURIComponent(NUMBER)}`;
export const sim = aSim({ behaviour: { mode: 'manual' } });
export const other = aSim({ iccid: '8933010000000000033', msisdn: '+33639980002', label: 'Bruno', power: 'off' });
export const spare = aNewSim({ iccid: '8933010000000000025', msisdn: null, serial13: '1234567890123' });

export async function aSimulator(options = {}) {
  const simulator = await start(await aPlace(anExport(sim, other, spare)), options);
  const esme = await bindEsme(simulator.smppPort);
  let counter = 0;
  return {
    ...simulator,
    esme,
    ring(name: string, changes = {}) {
      counter += 1;
      return submitToCard(esme, NUMBER, sealed(sim, encodeRequest(aRequest(name, changes)), { counter }));
    },
    sms: (text: string) =>
      esme.request('submit_sm', {
        source_addr: '12345',
        destination_addr: NUMBER.slice(1),
        data_coding: 0,
        short_message: Buffer.from(textToSeptets(text) ?? []),
      }),
  };
}

/** A call with any headers, Host included, which fetch does not allow. */
export function raw(
  port: number,
  options: { method?: string; path: string; headers?: Record<string, string>; body?: string },
) {
  return new Promise<{ status: number; body: string; headers: Record<string, unknown> }>((resolve, reject) => {
    const { body, ...rest } = options;
    const call = request({ host: '127.0.0.1', port, ...rest }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        resolve({
          status: response.statusCode ?? 0,
          body: Buffer.concat(chunks).toString(),
          headers: response.headers,
        });
      });
    });
    call.on('error', reject);
    call.end(body);
  });
}
