// The page of the whole fleet: who has which number, in which state, and what mail came.

import { call, followEvents } from './api.js';
import { showConnection } from './connection.js';
import { byId, element, soon } from './elements.js';
import { formatNumber, formatTime, searchable } from './format.js';
import { currentLanguage, startLanguage, text } from './texts.js';

let sims = [];
let mails = [];

function badges(sim) {
  const found = [];
  const add = (kind, key) => found.push(element('span', { class: `badge badge-${kind}` }, text(key)));
  if (sim.screen !== null) add('waiting', 'state.screen');
  if (!sim.power) add('off', 'state.off');
  else if (!sim.coverage) add('off', 'state.noCoverage');
  if (!sim.unlocked) add('off', 'state.locked');
  if (sim.blocked) add('blocked', 'state.blocked');
  else add(sim.enrolled ? 'active' : 'inactive', sim.enrolled ? 'state.enrolled' : 'state.notEnrolled');
  return found;
}

function phoneItem(sim) {
  const automatic = sim.behaviour.mode !== 'manual';
  const name = sim.label || text('fleet.unnamed');
  return element(
    'li',
    { 'data-msisdn': sim.msisdn, class: sim.screen === null ? 'phone' : 'phone phone-waiting' },
    element(
      'a',
      { href: `/phone/${encodeURIComponent(sim.msisdn)}` },
      element('span', { class: 'phone-name' }, name),
      element('span', { class: 'phone-number' }, formatNumber(sim.msisdn)),
      automatic ? element('span', { class: 'phone-behaviour' }, text(`behaviour.${sim.behaviour.mode}`)) : undefined,
      element('span', { class: 'badges' }, ...badges(sim)),
    ),
  );
}

function matches(sim, query) {
  const words = `${sim.label ?? ''} ${sim.msisdn} ${formatNumber(sim.msisdn)}`;
  return searchable(words).includes(query);
}

function showFleet() {
  const query = searchable(byId('search').value);
  const found = sims.filter((sim) => matches(sim, query));
  const automatic = found.filter((sim) => sim.behaviour.mode !== 'manual');
  const people = found.filter((sim) => sim.behaviour.mode === 'manual');
  byId('people').replaceChildren(...people.map(phoneItem));
  byId('automatic').replaceChildren(...automatic.map(phoneItem));
  byId('people-section').hidden = people.length === 0;
  byId('automatic-section').hidden = automatic.length === 0;
  byId('count').textContent = found.length === 0 ? text('fleet.none') : text('fleet.count', { count: found.length });
}

function mailItem(mail) {
  return element(
    'li',
    {},
    element(
      'div',
      { class: 'message-head' },
      element('span', {}, text('mail.to', { to: mail.to.join(', ') })),
      element('time', { datetime: mail.at }, formatTime(mail.at, currentLanguage())),
    ),
    element('p', { class: 'subject' }, mail.subject),
    element('p', { class: 'message-text' }, mail.text),
  );
}

function showMail() {
  byId('mail').replaceChildren(...mails.slice(0, 20).map(mailItem));
  byId('mail-empty').hidden = mails.length > 0;
}

function showAll() {
  document.title = text('fleet.title');
  // The list is rebuilt: keyboard users must not lose their place in it.
  const focused = document.activeElement?.closest('[data-msisdn]')?.dataset.msisdn;
  showFleet();
  showMail();
  if (focused !== undefined) document.querySelector(`[data-msisdn="${focused}"] a`)?.focus();
}

async function refresh() {
  try {
    [sims, mails] = await Promise.all([call('GET', '/v1/sims'), call('GET', '/v1/mail')]);
    showAll();
  } catch (error) {
    showConnection(false, error);
  }
}

const refreshSoon = soon(refresh, 250);

startLanguage(showAll);
byId('search').addEventListener('input', showFleet);
followEvents({
  onEvent: refreshSoon,
  onConnection: (isUp, error) => {
    showConnection(isUp, error);
    if (isUp) refresh();
  },
});
