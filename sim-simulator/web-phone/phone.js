// One phone: keeps its state up to date from the simulator and sends the keys that are pressed.
// Typed digits live in this page only until they are sent, and are never stored.

import { call, followEvents, simPath } from './api.js';
import { showConnection } from './connection.js';
import { byId, soon } from './elements.js';
import { formatNumber } from './format.js';
import { isHidden, showClock, showEvents, showInbox, showSim, showTyped, takesDigits } from './phone-screen.js';
import { startLanguage, text } from './texts.js';

const pinLength = 4;
const maxEvents = 30;
const msisdn = numberOf(decodeURIComponent(location.pathname.split('/').pop()));
const path = simPath(msisdn);

let sim;
let inbox = [];
let events = [];
let typed = '';
let isSending = false;
let lastAsked = 0;
let lastTaken = 0;

// A person may write /phone/0639980001 in the address bar.
function numberOf(written) {
  const digits = written.replace(/[\s.\-/()]/g, '');
  return /^0[1-9]\d{8}$/.test(digits) ? `+33${digits.slice(1)}` : digits.replace(/^(?!\+)/, '+');
}

function currentScreen() {
  return sim?.power ? sim.screen : null;
}

function identityOf(screen) {
  return screen === null ? '' : [screen.seq, screen.kind, screen.title, screen.text].join('\n');
}

function take(next) {
  const before = identityOf(currentScreen());
  sim = next;
  const screen = currentScreen();
  if (identityOf(screen) !== before) {
    typed = '';
    byId('key-notice').textContent = '';
    if (screen !== null) announce([screen.title, screen.text].join('. '));
  }
  draw();
}

function draw() {
  showClock(new Date());
  if (sim === undefined) return;
  showSim(sim);
  showTyped(currentScreen(), typed);
  showInbox(inbox);
  showEvents(events);
}

function announce(words) {
  byId('announcer').textContent = words;
}

async function refresh() {
  lastAsked += 1;
  const own = lastAsked;
  try {
    const [nextSim, nextInbox] = await Promise.all([call('GET', path), call('GET', `${path}/inbox`)]);
    // An answer that was overtaken by a later one is old news.
    if (own < lastTaken) return;
    lastTaken = own;
    inbox = nextInbox;
    take(nextSim);
  } catch (error) {
    if (error.status === 404) showUnknown();
    else showConnection(false, error);
  }
}

function showUnknown() {
  byId('owner').textContent = text('phone.unknown', { number: formatNumber(msisdn) });
  byId('device').hidden = true;
  document.querySelector('.side').hidden = true;
}

async function send(body) {
  if (isSending) return;
  isSending = true;
  document.body.classList.add('sending');
  typed = '';
  try {
    await call('POST', `${path}/keys`, body);
  } catch (error) {
    byId('key-notice').textContent = text(keyProblem(error));
  }
  isSending = false;
  document.body.classList.remove('sending');
  await refresh();
}

const friend = '+33639980002';
const uses = {
  voice: { type: 'voice', quantity: 60, peer: friend },
  sms: { type: 'sms', quantity: 1, peer: friend },
  data: { type: 'data', quantity: 500_000_000 },
  premium: { type: 'sms', quantity: 1, peer: '81234' },
};

async function use(name) {
  try {
    await call('POST', `${path}/usage`, uses[name]);
    byId('use-notice').textContent = text('use.done');
  } catch (error) {
    byId('use-notice').textContent = text(error.code === 'not_reachable' ? 'use.notReachable' : 'phone.failed');
  }
}

function keyProblem(error) {
  if (error.code === 'no_screen') return 'phone.gone';
  return error.code === 'wrong_key' ? 'phone.wrongKey' : 'phone.failed';
}

function type(digit) {
  if (typed.length >= pinLength) return;
  typed += digit;
  showTyped(currentScreen(), typed);
  announce(text('phone.typed', { count: typed.length }));
}

function erase() {
  typed = typed.slice(0, -1);
  showTyped(currentScreen(), typed);
  announce(text('phone.typed', { count: typed.length }));
}

function pressOk() {
  const screen = currentScreen();
  if (!takesDigits(screen)) return send({ ok: true });
  if (typed.length < pinLength) {
    byId('key-notice').textContent = text('phone.needDigits');
    return;
  }
  return send(isHidden(screen) ? { pin: typed } : { code: typed });
}

function press(key) {
  const screen = currentScreen();
  if (screen === null) return;
  byId('key-notice').textContent = '';
  if (/^\d$/.test(key)) return takesDigits(screen) ? type(key) : undefined;
  if (key === 'erase') return erase();
  if (key === 'ok') return pressOk();
  return send({ [key]: true });
}

const keyboard = { Enter: 'ok', Backspace: 'erase', Escape: 'cancel' };

function onKeyDown(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  // Enter on a focused control is that control's own key.
  if (event.key === 'Enter' && event.target.closest('button, a, input')) return;
  const key = /^\d$/.test(event.key) ? event.key : keyboard[event.key];
  if (key === undefined || currentScreen() === null) return;
  event.preventDefault();
  press(key);
}

async function change(body) {
  try {
    await call('PATCH', path, body);
    await refresh();
  } catch (error) {
    showConnection(false, error);
    draw();
  }
}

function listen() {
  byId('keys').addEventListener('click', (event) => {
    const key = event.target.closest('[data-key]')?.dataset.key;
    if (key !== undefined) press(key);
  });
  document.addEventListener('keydown', onKeyDown);
  for (const input of document.querySelectorAll('[data-switch]')) {
    input.addEventListener('change', () => change({ [input.dataset.switch]: input.checked }));
  }
  for (const button of document.querySelectorAll('[data-use]')) {
    button.addEventListener('click', () => use(button.dataset.use));
  }
  byId('take-over').addEventListener('click', () => change({ behaviour: { mode: 'manual' } }));
}

const refreshSoon = soon(refresh, 60);

startLanguage(draw);
listen();
draw();
setInterval(() => showClock(new Date()), 10_000);
followEvents({
  fromStart: true,
  onEvent: (event) => {
    if (event.msisdn !== msisdn && event.msisdn !== undefined) return;
    if (event.msisdn === msisdn) events = [event, ...events].slice(0, maxEvents);
    refreshSoon();
  },
  onConnection: (isUp, error) => {
    showConnection(isUp, error);
    if (isUp) refresh();
  },
});
