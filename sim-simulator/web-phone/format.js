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

/** Gives what an event says besides its place, time, type and number, as short `name value` pairs. */
export function eventDetails(event) {
  const { seq: _seq, at: _at, type: _type, msisdn: _msisdn, ...rest } = event;
  return Object.entries(rest)
    .filter(([, value]) => value !== null && value !== undefined && value !== '')
    .map(([name, value]) => [name, typeof value === 'object' ? JSON.stringify(value) : String(value)]);
}
