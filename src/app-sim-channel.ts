// Wires the channel to the SIMs: SMSC session, sender, attempts, answers, and the customer's messages beside it.

import { readFileSync } from 'node:fs';
import { contestLinksOf } from './app-attachments.ts';
import { codeRecipients, codesOf, pinResetAnswers } from './app-codes.ts';
import { type Diagnosis, diagnosisOf } from './app-diagnostics.ts';
import { networkOf } from './app-network.ts';
import { recipientsOf } from './app-recipients.ts';
import { registrationRecipients } from './app-registration.ts';
import { type ChannelParts, serviceAnswers } from './app-service-answers.ts';
import { stateRules } from './app-state-rules.ts';
import { type CustomerNotices, createAnswerEffects } from './authentication/answer-effects.ts';
import { createAnswerJudge } from './authentication/answer-judge.ts';
import type { OneTimeCodes } from './authentication/one-time-code.ts';
import { createSimAnswers } from './authentication/sim-answers.ts';
import { createSimKeyring } from './authentication/sim-keyring.ts';
import { createSimPush, type SimPushRules } from './authentication/sim-push.ts';
import { createSimSender } from './authentication/sim-sender.ts';
import { channelsOf } from './customer/edit-profile.ts';
import { createNotifier } from './customer/notification-centre.ts';
import { noteRefusedEmail } from './customer/refused-email.ts';
import type { SandboxNetworkDeps } from './customer/sandbox-network.ts';
import { tellCustomersInCentre } from './customer/told-in-centre.ts';
import type { PinChangeNotices } from './enrolment/reset-pin-phone.ts';
import type { Texts } from './i18n.ts';
import { createAccountCodeQueue } from './messaging/account-code.ts';
import { createCaseQueue } from './messaging/case-notices.ts';
import { createCodeQueue } from './messaging/code-messages.ts';
import { createConfirmationCodeQueue } from './messaging/confirmation-code.ts';
import { createContactQueue } from './messaging/contact-queue.ts';
import { createContractAttachedQueue } from './messaging/contract-attached.ts';
import { createCustomerNotices } from './messaging/customer-notices.ts';
import { createEmail, watchRefusals } from './messaging/email.ts';
import { createEmailCodeQueue } from './messaging/email-code.ts';
import { createJobs } from './messaging/jobs.ts';

import { createLogoutQueue, type LogoutPost } from './messaging/logout-tokens.ts';
import { createNoticeQueues } from './messaging/notices.ts';
import { createNotificationQueue, type NotificationOutcome } from './messaging/notifications.ts';
import { createPingQueue, type PingOutcome, type PingPost } from './messaging/pings.ts';
import { createRegistrationQueue } from './messaging/registration-queue.ts';
import { onlyServed } from './messaging/served-numbers.ts';
import { createShortQueue } from './messaging/short-notices.ts';
import { createSmsc, type Smsc } from './messaging/smsc.ts';
import { createMessageTexts } from './messaging/texts.ts';
import type { Audit } from './ops/audit.ts';
import type { Config } from './ops/config.ts';
import type { Log } from './ops/log.ts';
import type { MasterKey } from './ops/master-key.ts';
import type { Metrics } from './ops/metrics.ts';
import { findPreferences } from './storage/account-changes.ts';
import type { Database } from './storage/database.ts';
import { markCaseTold } from './storage/support-cases.ts';

export interface SimChannelDeps {
  readonly config: Config;
  readonly database: Database;
  readonly masterKey: MasterKey;
  readonly audit: Audit;
  readonly metrics: Metrics;
  readonly texts: Texts;
  /** Posts a back-channel logout token; for the job. */
  readonly deliverLogout: (post: LogoutPost) => Promise<void>;
  readonly deliverPing: (post: PingPost) => Promise<PingOutcome>;
  readonly deliverNotification: (id: string) => Promise<NotificationOutcome>;
  /** Sandbox only: what a simulated phone is seen to do. */
  readonly findPhone?: SandboxNetworkDeps['findPhone'];
  readonly log: Log;
  readonly now: () => Date;
  readonly random: () => number;
  readonly randomBytes: (size: number) => Buffer;
}

export type SimChannel = ReturnType<typeof createSimChannel>;

/** Makes the channel; nothing happens before `start`. `onBound` is called when the SMSC can be reached again. */
export function createSimChannel(deps: SimChannelDeps, onBound: () => void) {
  const { config, database, masterKey, log } = deps;
  const keyring = createSimKeyring(masterKey);
  const smsc = createSmsc({
    ...smscOptions(deps),
    onDeliver: async (message) => {
      // A delivery receipt says what a radio did, not what a user did: it never changes an attempt (sim-channel 4.3).
      if (message.receipt === undefined) await answers.receive(message);
    },
    onStateChange(bound) {
      if (bound) onBound();
    },
  });
  const transport = countingTransport(onlyServed(smsc, stateRules(config).isServed), deps.metrics);
  const codes = codesOf(deps);
  const messages = createMessages({ ...deps, codes }, transport);
  const { attempts, provider } = config;
  const judge = createJudge(deps, { keyring, ...messages });
  const answers = createSimAnswers({ database, masterKey, keyring, judge, log, testSimsAllowed: provider.sandbox });
  const { sendLeaseSeconds: leaseSeconds, maxSends, leastLifeSeconds } = attempts;
  const sendRules = { leaseSeconds, maxSends, leastLifeSeconds };
  const onSent = (seconds: number) => deps.metrics.observePush('send', seconds);
  const sender = createSimSender({ database, masterKey, keyring, transport, log, rules: sendRules, onSent });
  const { randomBytes } = deps;
  const requestText = requestTextFrom(deps.texts);
  const push = createSimPush({ database, masterKey, keyring, requestText, randomBytes, rules: pushRules(config) });
  return {
    ...{ smsc, answers, sender, push, keyring, codes, network: networkOf(config) },
    ...{ jobs: messages.jobs, notices: messages.notices, notifier: messages.notifier },
    diagnosis: messages.diagnosis,
    async start() {
      await messages.jobs.start();
      smsc.start();
    },
    async stop() {
      await messages.jobs.stop();
      await smsc.stop();
      await answers.settle();
      messages.email.stop();
    },
  };
}

/** The SMSC session, each submission counted by its outcome. */
function countingTransport(smsc: Pick<Smsc, 'isBound' | 'submit'>, metrics: Metrics): Pick<Smsc, 'isBound' | 'submit'> {
  return {
    isBound: smsc.isBound,
    async submit(message, signal) {
      const outcome = await smsc.submit(message, signal);
      metrics.countSubmit(outcome.kind);
      return outcome;
    },
  };
}

/** The queues of SMS and e-mails to customers, and of logout tokens to relying parties. */
function createMessages(deps: SimChannelDeps & { codes: OneTimeCodes }, smsc: Pick<Smsc, 'submit'>) {
  const { config, database, masterKey, log, metrics, randomBytes, codes } = deps;
  const { deliverLogout, deliverPing, deliverNotification } = deps;
  const { engine, executeSql, listen, db } = database;
  const texts = createMessageTexts();
  const { findNumber, findMailbox, findMobile, findCodeMailbox, findRecipients, findCase } = recipientsOf(config, db);
  const notifier = createNotifier({ randomBytes });
  const email = watchRefusals(createEmail({ url: config.mail.smtpUrl, from: config.mail.from, log }), (address) =>
    noteRefusedEmail({ database, notifier }, address),
  );
  const diagnosis: Diagnosis = diagnosisOf({ ...deps, notifier, jobs: () => jobs });
  const jobs = createJobs({
    database: { engine, executeSql, listen },
    log,
    queues: {
      ...createNoticeQueues({
        smsc,
        email,
        texts,
        findNumber,
        findMailbox,
        channelsFor: async (accountId, topic) => channelsOf(await findPreferences(db, accountId), topic),
        sendShort: async (payload, eventId) => void (await jobs.enqueue(database, 'short', { payload, eventId })),
      }),
      short: createShortQueue({ smsc, texts, findMobile }),
      code: createCodeQueue({ smsc, texts, findNumber, openCode: codes.open }),
      'email-code': createEmailCodeQueue({ email, texts, findMailbox: findCodeMailbox, openCode: codes.open }),
      'confirmation-code': createConfirmationCodeQueue({
        ...{ email, texts, findMailbox: findCodeMailbox, openCode: codes.open },
      }),
      'account-code': createAccountCodeQueue({
        ...{ smsc, email, texts, openCode: codes.open, findRecipient: codeRecipients({ database, masterKey }) },
      }),
      registration: createRegistrationQueue({
        ...{ smsc, email, texts, openCode: codes.open },
        ...registrationRecipients({ config, database, masterKey }),
      }),
      contact: createContactQueue({ smsc, email, texts, findRecipients, openCode: codes.open }),
      'contract-attached': createContractAttachedQueue({
        ...{ email, texts, findMailbox },
        contestLink: contestLinksOf({ config, masterKey }),
      }),
      logout: createLogoutQueue(masterKey, deliverLogout),
      ping: createPingQueue(masterKey, deliverPing),
      notification: createNotificationQueue(deliverNotification),
      diagnosis: diagnosis.queue,
      case: createCaseQueue({
        ...{ smsc, email, texts, findRecipient: findCase, markTold: (id) => markCaseTold(db, id) },
      }),
    },
    work: config.provider.workers !== 'off',
    onEnd: metrics.countJob,
  });
  return { email, jobs, notifier, diagnosis, notices: tellCustomersInCentre(createCustomerNotices(jobs), notifier) };
}

interface JudgeParts extends ChannelParts {
  readonly notices: CustomerNotices & PinChangeNotices;
}

function createJudge(deps: SimChannelDeps, parts: JudgeParts) {
  const { notices } = parts;
  const { config, database, masterKey, audit } = deps;
  const { lockHours, muteHours, pushBudgetMinutes } = config.locks;
  const rules = { lockHours, muteMinutes: muteHours * 60, refusalMinutes: pushBudgetMinutes };
  const onServiceAnswer = { 'pin-reset': pinResetAnswers(deps, notices), ...serviceAnswers(deps, parts) };
  const onAnswered = (seconds: number) => deps.metrics.observePush('answer', seconds);
  const effects = createAnswerEffects({ audit, notices, rules, onServiceAnswer, onAnswered });
  return createAnswerJudge({ database, masterKey, effects, audit });
}

function smscOptions({ config: { smsc }, now, random, log }: SimChannelDeps) {
  const { tls, host, port, systemId, password } = smsc.address;
  const url = new URL(`${tls ? 'smpps' : 'smpp'}://${host.includes(':') ? `[${host}]` : host}:${port}`);
  url.username = encodeURIComponent(systemId);
  url.password = encodeURIComponent(password);
  return {
    url: url.href,
    systemType: smsc.systemType,
    ...(smsc.authorityFile === undefined ? {} : { certificateAuthority: readFileSync(smsc.authorityFile, 'utf8') }),
    shortCode: smsc.shortCode,
    window: smsc.window,
    messagesPerSecond: smsc.messagesPerSecond,
    responseTimeoutSeconds: smsc.responseSeconds,
    enquireLinkSeconds: smsc.enquireSeconds,
    reconnect: { firstSeconds: 0.1, mostSeconds: smsc.reconnectMaxSeconds },
    now,
    random,
    log,
  };
}

/** The rules of ringing, from the configuration. */
export function pushRules({ locks, attempts, provider, operators, brands }: Config): SimPushRules {
  return {
    budget: locks.pushBudget,
    budgetMinutes: locks.pushBudgetMinutes,
    confirmNewBrowser: attempts.confirmNewBrowser,
    ...stateRules({ provider, operators, brands }),
    ttlSeconds: attempts.ttlSeconds,
    resends: attempts.resends,
    resendSeconds: attempts.resendSeconds,
  };
}

function requestTextFrom(texts: Texts) {
  return (locale: 'fr' | 'en', clientName: string) => ({
    serviceName: clientName,
    message: texts.t(locale, 'sim.loginRequest'),
  });
}
