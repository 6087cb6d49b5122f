// How numbers, times and events are written on the pages of the web phone.

/** Writes a French number as people do (06 39 98 00 01); others stay in E.164. */
export function formatNumber(msisdn) {
  if (!/^\+33\d{9}$/.test(msisdn)) return msisdn;
  return `0${msisdn.slice(3)}`.replace(/(\d{2})(?=\d)/g, '$1 ');
}

/** Gives the digits of what a person searches, with a French 0 also matching +33. */
export function searchable(query) {
  return query
    .toLowerCase()
    .replace(/[\s.\-/()]/g, '')
    .replace(/^(?:\+|00)33/, '0');
}

/** Writes the time of day of an ISO time, with seconds. */
export function formatTime(iso, language) {
  return new Date(iso).toLocaleTimeString(language, { hour: '2-digit', minute: '2-digit', second: '2-digit' });
}

const wordsByDetail = {
  'phone.screen': (event) => `event.screen.${event.kind}`,
  'phone.key': (event) => `event.key.${event.key}`,
  'phone.power': (event) => `event.power.${event.on}`,
  'phone.coverage': (event) => `event.coverage.${event.on}`,
  'phone.lock': (event) => `event.lock.${event.unlocked}`,
  'applet.answer': (event) => `event.result.${event.result}`,
};

/** Gives the key of the text that says what an event is; there may be no such text for a kind of event. */
export function eventTextKey(event) {
  return wordsByDetail[event.type]?.(event) ?? `event.${event.type}`;
}

/** Gives what an event carries besides its place, time and number, for those who look close. */
export function eventDetails(event) {
  const { seq: _seq, at: _at, msisdn: _msisdn, type, ...rest } = event;
  const details = Object.entries(rest)
    .filter(([, value]) => value !== null && value !== undefined && value !== '')
    .map(([name, value]) => `${name} ${typeof value === 'object' ? JSON.stringify(value) : value}`);
  return [type, ...details].join(' · ');
}
