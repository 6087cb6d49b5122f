// Questions to advisors (B48) and anonymous feedback (C25). An advisor sees the question, never who a code, a PIN or a
// password belongs to; the answer comes to the notification centre.
import { type AccountId, newId } from '../identifiers.ts';
import type { Audit } from '../ops/audit.ts';
import {
  answerContactRequest,
  insertFeedback,
  listContactRequests,
  listOpenContactRequests,
  putContactRequest,
} from '../storage/contact-requests.ts';
import type { Database, Tx } from '../storage/database.ts';
import type { ContactRequestRow } from '../storage/order-tables.ts';
import type { Notifier } from './notification-centre.ts';

export const contactTopics = ['login', 'line', 'contract', 'order', 'billing', 'mailbox', 'other'] as const;
export type ContactTopic = (typeof contactTopics)[number];

export interface ContactRequestView {
  readonly id: string;
  readonly topic: ContactTopic;
  readonly text: string;
  readonly sentAt: Date;
  readonly answer: string | undefined;
  readonly answeredAt: Date | undefined;
}

export interface HelpDesk {
  /** The same key gives the same question back. */
  ask(
    accountId: AccountId,
    question: { topic: ContactTopic; text: string; idempotencyKey: string },
  ): Promise<ContactRequestView>;
  questions(accountId: AccountId): Promise<ContactRequestView[]>;
  /** Nothing of whoever gives it is known here. */
  takeFeedback(feedback: { page: string; rating: number; text: string }): Promise<void>;
}

export interface HelpDeskDeps {
  readonly database: Database;
  readonly audit: Audit<Tx>;
  readonly brand: string;
  readonly randomBytes: (size: number) => Buffer;
}

/** Makes the desk over its dependencies. */
export function createHelpDesk(deps: HelpDeskDeps): HelpDesk {
  const { database, audit, brand, randomBytes } = deps;
  return {
    ask: (accountId, question) =>
      database.transaction(async (tx) => {
        const { row, isNew } = await putContactRequest(tx, { id: newId('cnt', randomBytes), accountId, ...question });
        if (isNew) await audit.contactAsked(tx, { accountId, requestId: row.id, topic: question.topic });
        return viewOf(row);
      }),
    questions: async (accountId) => (await listContactRequests(database.db, accountId)).map(viewOf),
    takeFeedback: (feedback) => insertFeedback(database.db, { id: newId('fbk', randomBytes), brand, ...feedback }),
  };
}

function viewOf({ id, topic, text, createdAt, answer, answeredAt }: ContactRequestRow): ContactRequestView {
  const known = contactTopics.find((one) => one === topic) ?? 'other';
  return {
    ...{ id, topic: known, text, sentAt: createdAt },
    ...{ answer: answer ?? undefined, answeredAt: answeredAt ?? undefined },
  };
}

export interface AdvisorDeps {
  readonly database: Database;
  readonly audit: Audit<Tx>;
  readonly notifier: Notifier;
}

/** What waits for an advisor, oldest first. */
export async function openQuestions({ database }: Pick<AdvisorDeps, 'database'>): Promise<ContactRequestView[]> {
  return (await listOpenContactRequests(database.db, 100)).map(viewOf);
}

/** Answers a question, once; its account is notified. False: there is no open one of that id. */
export async function answerQuestion(deps: AdvisorDeps, answer: { id: string; answer: string }): Promise<boolean> {
  return await deps.database.transaction(async (tx) => {
    const row = await answerContactRequest(tx, answer);
    if (row === undefined) return false;
    await deps.notifier.notify(tx, {
      ...{ accountId: row.accountId, topic: 'case', key: 'contact-answered', eventId: row.id },
      ...{ params: { topic: row.topic }, link: '/help/contact' },
    });
    await deps.audit.contactAnswered(tx, { accountId: row.accountId, requestId: row.id });
    return true;
  });
}
