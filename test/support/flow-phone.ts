// A phone of the simulator as a person uses it, through the control API over HTTP: look, press, switch off.

export interface PhoneScreen {
  readonly seq: number;
  readonly kind: 'text' | 'confirm' | 'pin' | 'new-pin' | 'code';
  readonly title: string;
  readonly text: string;
  readonly referenceCode: string | null;
}

export interface PhoneState {
  readonly msisdn: string;
  readonly power: boolean;
  readonly triesLeft: number | null;
  readonly blocked: boolean;
  readonly screen: PhoneScreen | null;
}

export interface PhoneSms {
  readonly seq: number;
  readonly from: string;
  readonly text: string;
  readonly at: string;
}

export interface FlowPhone {
  readonly msisdn: string;
  state(): Promise<PhoneState>;
  /** What is on the screen now, or null. */
  screen(): Promise<PhoneScreen | null>;
  /** The screen that is up, or the next one; with `after`, one that is newer. Throws when none comes in time. */
  waitForScreen(options?: { after?: number; seconds?: number }): Promise<PhoneScreen>;
  ok(): Promise<PhoneScreen | null>;
  /** Types the PIN; on the first screen of a request too, as people do. */
  pin(digits: string): Promise<PhoneScreen | null>;
  code(digits: string): Promise<PhoneScreen | null>;
  cancel(): Promise<PhoneScreen | null>;
  /** "It was not me". */
  fraud(): Promise<PhoneScreen | null>;
  /** Any key without a check: the status and the screen after it. */
  press(key: Record<string, unknown>): Promise<{ status: number; screen: PhoneScreen | null }>;
  power(on: boolean): Promise<void>;
  behave(behaviour: Record<string, unknown>): Promise<void>;
  inbox(): Promise<PhoneSms[]>;
  /** The newest SMS, or the first that comes; with `after`, the first that is newer. Throws when none comes in time. */
  waitForSms(options?: { after?: number; seconds?: number }): Promise<PhoneSms>;
}

/** The phone with this number; `token` is what an exposed simulator wants to be shown. */
export function createFlowPhone(simulatorUrl: string, msisdn: string, token?: string): FlowPhone {
  const shown: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const address = `${simulatorUrl}/v1/sims/${encodeURIComponent(msisdn)}`;
  const send = (method: string, path: string, body: unknown) =>
    fetch(`${address}${path}`, {
      method,
      headers: { 'content-type': 'application/json', ...shown },
      body: JSON.stringify(body),
    });
  const state = async () => (await read(await fetch(address, { headers: shown }))) as PhoneState;
  const press: FlowPhone['press'] = async (key) => {
    const response = await send('POST', '/keys', key);
    const body = (await response.json()) as Partial<PhoneState>;
    return { status: response.status, screen: body.screen ?? null };
  };
  const pressed = async (key: Record<string, unknown>): Promise<PhoneScreen | null> => {
    const { status, screen } = await press(key);
    if (status !== 200) throw new Error(`${msisdn}: the key ${Object.keys(key).join()} was not taken (${status})`);
    return screen;
  };
  const waitFor = async (what: 'screen' | 'sms', { after, seconds = 10 }: { after?: number; seconds?: number }) => {
    const query = new URLSearchParams({ for: what, timeout: String(seconds) });
    if (after !== undefined) query.set('after', String(after));
    const response = await fetch(`${address}/wait?${query}`, { headers: shown });
    if (response.status === 204) throw new Error(`${msisdn}: no ${what} came within ${seconds} s`);
    return await read(response);
  };
  return {
    msisdn,
    state,
    screen: async () => (await state()).screen,
    waitForScreen: async (options = {}) => (await waitFor('screen', options)) as PhoneScreen,
    ok: () => pressed({ ok: true }),
    pin: (digits) => pressed({ pin: digits }),
    code: (digits) => pressed({ code: digits }),
    cancel: () => pressed({ cancel: true }),
    fraud: () => pressed({ fraud: true }),
    press,
    power: async (on) => void (await read(await send('PATCH', '', { power: on }))),
    behave: async (behaviour) => void (await read(await send('PATCH', '', { behaviour }))),
    inbox: async () => (await read(await fetch(`${address}/inbox`, { headers: shown }))) as PhoneSms[],
    waitForSms: async (options = {}) => (await waitFor('sms', options)) as PhoneSms,
  };
}

async function read(response: Response): Promise<unknown> {
  if (!response.ok) throw new Error(`the simulator said ${response.status} to ${new URL(response.url).pathname}`);
  return await response.json();
}
