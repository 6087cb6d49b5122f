// Draws one phone: its screen, its state and its messages. Knows nothing of the network.

import { byId, element } from './elements.js';
import { eventDetails, eventTextKey, formatNumber, formatTime } from './format.js';
import { currentLanguage, hasText, text } from './texts.js';

const maxMessages = 20;
const pinKinds = ['pin', 'new-pin'];

/** Says whether digits are typed on this screen. */
export function takesDigits(screen) {
  return screen !== null && (screen.kind === 'code' || pinKinds.includes(screen.kind));
}

/** Says whether what is typed must not be seen. */
export function isHidden(screen) {
  return screen !== null && pinKinds.includes(screen.kind);
}

/** Draws the SIM: names, screen, switches and facts. */
export function showSim(sim) {
  const owner = sim.label || formatNumber(sim.msisdn);
  document.title = `${owner} – ${text('phone.title', { owner: formatNumber(sim.msisdn) })}`;
  byId('owner').textContent = owner;
  byId('number').textContent = sim.label ? formatNumber(sim.msisdn) : '';
  byId('device').dataset.power = sim.power ? 'on' : 'off';
  byId('signal').dataset.coverage = sim.power && sim.coverage ? 'on' : 'off';
  showScreen(sim);
  showState(sim);
}

function showScreen(sim) {
  const screen = sim.power ? sim.screen : null;
  byId('screen').dataset.screen = screen?.kind ?? 'none';
  byId('home').hidden = screen !== null;
  byId('sheet').hidden = screen === null;
  byId('home-state').textContent = homeState(sim);
  byId('screen-title').textContent = screen?.title ?? '';
  byId('screen-text').textContent = screen?.text ?? '';
  showReference(screen?.referenceCode ?? '');
  byId('slots').hidden = !takesDigits(screen);
  for (const button of document.querySelectorAll('[data-key]')) {
    if (/^\d$|^erase$/.test(button.dataset.key)) button.hidden = !takesDigits(screen);
  }
}

function showReference(code) {
  byId('reference').hidden = code === '';
  const digits = document.querySelector('[data-reference-code]');
  digits.textContent = code;
  digits.dataset.referenceCode = code;
  // Spoken digit by digit: "six thousand six hundred" is hard to compare with four digits on a page.
  byId('reference-spoken').textContent = [...code].join(' ');
}

function homeState(sim) {
  if (!sim.power) return text('phone.off');
  if (!sim.coverage) return text('phone.noCoverage');
  if (!sim.unlocked) return text('phone.locked');
  return sim.behaviour.mode === 'manual' ? text('phone.idle') : text('phone.automatic');
}

function showState(sim) {
  for (const input of document.querySelectorAll('[data-switch]')) input.checked = sim[input.dataset.switch];
  byId('iccid').textContent = sim.iccid.replace(/(\d{4})(?=\d)/g, '$1 ');
  byId('service').textContent = text(sim.enrolled ? 'state.enrolled' : 'state.notEnrolled');
  byId('tries').textContent = sim.blocked ? text('state.blocked') : String(sim.triesLeft ?? '–');
  byId('behaviour').textContent = text(`behaviour.${sim.behaviour.mode}`);
  byId('take-over').hidden = sim.behaviour.mode === 'manual';
}

/** Draws what has been typed: dots for a PIN, digits for a code. */
export function showTyped(screen, typed) {
  const slots = byId('slots');
  slots.setAttribute('aria-label', text('phone.typed', { count: typed.length }));
  [...slots.children].forEach((slot, place) => {
    slot.classList.toggle('filled', place < typed.length);
    slot.textContent = isHidden(screen) ? '' : (typed[place] ?? '');
  });
}

/** Draws the SMS inbox, newest first. */
export function showInbox(messages) {
  const items = messages
    .slice(0, maxMessages)
    .map((message) =>
      element(
        'li',
        {},
        element(
          'div',
          { class: 'message-head' },
          element('span', {}, text('inbox.from', { from: message.from })),
          element('time', { datetime: message.at }, formatTime(message.at, currentLanguage())),
        ),
        element('p', { class: 'message-text' }, message.text),
      ),
    );
  byId('inbox').replaceChildren(...items);
  byId('inbox-empty').hidden = messages.length > 0;
}

/** Draws the log of this SIM, newest first. */
export function showEvents(events) {
  byId('events').replaceChildren(...events.map(eventItem));
  byId('events-empty').hidden = events.length > 0;
}

function eventItem(event) {
  const key = eventTextKey(event);
  return element(
    'li',
    {},
    element('time', { datetime: event.at }, formatTime(event.at, currentLanguage())),
    element('span', { class: 'event-words' }, hasText(key) ? text(key, event) : event.type),
    element('span', { class: 'event-details' }, eventDetails(event)),
  );
}

/** Sets the clocks of the phone. */
export function showClock(now) {
  const language = currentLanguage();
  const time = now.toLocaleTimeString(language, { hour: '2-digit', minute: '2-digit', hour12: false });
  byId('clock').textContent = time;
  byId('home-clock').textContent = time;
  byId('home-date').textContent = now.toLocaleDateString(language, { weekday: 'long', day: 'numeric', month: 'long' });
}
