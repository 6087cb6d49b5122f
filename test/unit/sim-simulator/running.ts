// A whole simulator on free ports in a directory of its own, for tests; everything ends with the test.

import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { SimulatorEvent } from '../../../sim-simulator/event-log.ts';
import type { FleetExport } from '../../../sim-simulator/fleet-export.ts';
import { type Simulator, type SimulatorOptions, startSimulator } from '../../../sim-simulator/serve.ts';

export interface Place {
  readonly exportFile: string;
  readonly stateDirectory: string;
}

/** A directory with this export, removed after the test. */
export async function aPlace(fleet: FleetExport): Promise<Place> {
  const directory = await mkdtemp(join(tmpdir(), 'sim-simulator-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const exportFile = join(directory, 'export.json');
  await writeFile(exportFile, JSON.stringify(fleet), { mode: 0o600 });
  return { exportFile, stateDirectory: join(directory, 'state') };
}

export async function start(place: Place, options: Partial<SimulatorOptions> = {}) {
  const events: SimulatorEvent[] = [];
  let watchers: (() => void)[] = [];
  const simulator = await startSimulator({
    ...place,
    httpPort: 0,
    smppPort: 0,
    smtpPort: 0,
    now: () => new Date(),
    randomBytes,
    onEvent: (event) => {
      events.push(event);
      watchers.forEach((look) => {
        look();
      });
    },
    ...options,
  });
  let running = true;
  const stop = async () => {
    if (running) {
      running = false;
      await simulator.stop();
    }
  };
  onTestFinished(stop);

  /** Resolves when this kind of event has come so many times. */
  function seen(type: string, times = 1): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if (events.filter((event) => event.type === type).length >= times) {
          watchers = watchers.filter((each) => each !== look);
          resolve();
        }
      };
      watchers.push(look);
      look();
    });
  }

  return { ...simulator, stop, events, seen, api: apiOf(simulator) };
}

export interface ApiAnswer {
  readonly status: number;
  readonly body: unknown;
  readonly headers: Headers;
}

function apiOf({ httpPort }: Simulator) {
  async function call(method: string, path: string, body?: unknown): Promise<ApiAnswer> {
    const response = await fetch(`http://127.0.0.1:${httpPort}${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    const text = await response.text();
    return { status: response.status, body: text === '' ? undefined : JSON.parse(text), headers: response.headers };
  }
  return {
    call,
    get: (path: string) => call('GET', path),
    keys: (msisdn: string, key: unknown) => call('POST', `/v1/sims/${encodeURIComponent(msisdn)}/keys`, key),
    patch: (msisdn: string, change: unknown) => call('PATCH', `/v1/sims/${encodeURIComponent(msisdn)}`, change),
    wait: (msisdn: string, query: string) => call('GET', `/v1/sims/${encodeURIComponent(msisdn)}/wait?${query}`),
  };
}
