// How phones, screens, SMS and mails look on a terminal.

import type { Screen, Sim } from './cli-client.ts';
import { formatNumber } from './cli-number.ts';
import { paint, printable, printFacts, printLine, type Terminal } from './cli-terminal.ts';

export const simHeading = ['NUMBER', 'WHO', 'STATE', 'SERVICE', 'ANSWERS', 'SCREEN'];

/** One line of `list`. */
export function simRow(sim: Sim): string[] {
  const screen = sim.screen ? `${sim.screen.kind} ${sim.screen.referenceCode ?? ''}`.trim() : '';
  return [formatNumber(sim.msisdn), sim.label ?? '', stateOf(sim), serviceOf(sim), sim.behaviour.mode, screen];
}

/** Everything about one phone, and its screen. */
export function printSim(terminal: Terminal, sim: Sim): void {
  const name = sim.label ? `${sim.label}, ${formatNumber(sim.msisdn)}` : formatNumber(sim.msisdn);
  printLine(terminal, paint(terminal, 'bold', printable(name)));
  printFacts(terminal, [
    ['card', sim.iccid],
    ['phone', stateOf(sim)],
    ['service', serviceOf(sim)],
    ['tries left', sim.triesLeft === null ? '-' : String(sim.triesLeft)],
    ['answers', sim.behaviour.mode],
  ]);
  if (sim.screen) printScreen(terminal, sim.screen);
  else printLine(terminal, '  Nothing is on the screen.');
}

const asks: Record<string, string> = {
  text: 'asks for --ok (or --pin at once), --cancel, --back or --fraud',
  confirm: 'asks for --ok, --cancel, --back or --fraud',
  pin: 'asks for --pin, --cancel, --back or --fraud',
  'new-pin': 'asks for a new PIN: --pin, or --cancel',
  code: 'asks for the reference code that is on the other screen: --code, --cancel or --fraud',
};

/** What is on a screen, and which keys it takes. */
export function printScreen(terminal: Terminal, screen: Screen): void {
  const facts: [string, string][] = [
    ['screen', `${screen.kind}, ${asks[screen.kind] ?? ''}`],
    ['title', screen.title],
    ['text', screen.text],
  ];
  if (screen.referenceCode !== null) facts.push(['code', screen.referenceCode]);
  if (screen.seq !== undefined) facts.push(['seq', String(screen.seq)]);
  printFacts(terminal, facts);
}

/** SMS as blocks of text, in the order given. */
export function printSms(terminal: Terminal, messages: { from: string; text: string; at: string }[]): void {
  for (const sms of messages) {
    printLine(terminal, paint(terminal, 'bold', `${printable(sms.from)}  ${printable(sms.at)}`));
    printLine(terminal, printable(sms.text));
    printLine(terminal);
  }
}

function stateOf(sim: Sim): string {
  if (!sim.power) return 'off';
  const parts = [sim.coverage ? 'on' : 'on, no coverage', sim.unlocked ? '' : 'locked'];
  return parts.filter((part) => part !== '').join(', ');
}

function serviceOf(sim: Sim): string {
  if (sim.blocked) return 'PIN blocked';
  return sim.enrolled ? 'active' : 'not active';
}
