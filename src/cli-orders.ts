// The staff commands on orders, cases and questions: `order list|move`, `case list|move`, `contact list|answer`.
import { Command } from 'commander';
import { printFields, printTable } from './cli-output.ts';
import { type Json, type JsonOption, leaf, output, rows, type StaffDeps } from './cli-staff-output.ts';

/** Adds them to the program. */
export function addOrderCommands(program: Command, deps: StaffDeps): void {
  program.addCommand(orderCommand(deps));
  program.addCommand(caseCommand(deps));
  program.addCommand(contactCommand(deps));
}

function orderCommand(deps: StaffDeps): Command {
  const order = new Command('order').description('orders of customers');
  order.addCommand(
    leaf('list', 'those that are not at their end, oldest first').action(async (options: JsonOption) => {
      const words = ({ orders }: Json) => printTable(rows(orders), ['id', 'type', 'state', 'what', 'orderedAt']);
      output(deps, options, await deps.run('order.list', {}), words);
    }),
  );
  order.addCommand(
    leaf('move', 'the next step of an order; the customer is notified')
      .argument('<id>')
      .requiredOption('--to <state>', 'confirmed, preparing, shipped, delivered, done or cancelled')
      .action(async (id: string, options: JsonOption & { to: string }) => {
        output(deps, options, await deps.run('order.move', { id, to: options.to }), printFields);
      }),
  );
  order.addCommand(
    leaf('stock', 'how many of a model are left; orders take from them, cancelled ones give back')
      .argument('<handset>')
      .requiredOption('--brand <id>')
      .requiredOption('--left <n>', 'a number, or none: not counted any more')
      .action(async (handset: string, options: JsonOption & { brand: string; left: string }) => {
        const left = options.left === 'none' ? null : Number(options.left);
        output(deps, options, await deps.run('order.stock', { brand: options.brand, handset, left }), printFields);
      }),
  );
  return order;
}

function caseCommand(deps: StaffDeps): Command {
  const support = new Command('case').description('support cases that came of diagnoses');
  support.addCommand(
    leaf('list', 'those that are not at their end, oldest first').action(async (options: JsonOption) => {
      const words = ({ cases }: Json) => printTable(rows(cases), ['id', 'status', 'reason', 'createdAt']);
      output(deps, options, await deps.run('case.list', {}), words);
    }),
  );
  support.addCommand(
    leaf('move', 'the next step of a case; the customer is notified')
      .argument('<id>')
      .requiredOption('--to <status>', 'pending, held, inProgress, resolved, closed, rejected or cancelled')
      .action(async (id: string, options: JsonOption & { to: string }) => {
        output(deps, options, await deps.run('case.move', { id, to: options.to }), printFields);
      }),
  );
  return support;
}

function contactCommand(deps: StaffDeps): Command {
  const contact = new Command('contact').description('questions of customers to advisors');
  contact.addCommand(
    leaf('list', 'those that have no answer yet, oldest first').action(async (options: JsonOption) => {
      const words = ({ questions }: Json) => printTable(rows(questions), ['id', 'topic', 'sentAt', 'text']);
      output(deps, options, await deps.run('contact.list', {}), words);
    }),
  );
  contact.addCommand(
    leaf('answer', 'answer a question; the customer is notified')
      .argument('<id>')
      .argument('<text...>', 'the answer; never with a code or a password')
      .action(async (id: string, words: string[], options: JsonOption) => {
        const answer = await deps.run('contact.answer', { id, text: words.join(' ') });
        output(deps, options, answer, () => `answered ${id}`);
      }),
  );
  return contact;
}
