// Wires what the SIMs answer to the requests that change the service. Made with the channel, before pages and APIs are.

import type { SimChannelDeps } from './app-sim-channel.ts';
import { stateRules } from './app-state-rules.ts';
import { createServiceRequests, type ServiceRequestDeps } from './authentication/service-request.ts';
import type { SimKeyring } from './authentication/sim-keyring.ts';
import { createBankAnswer } from './customer/bank-details.ts';
import type { Notifier } from './customer/notification-centre.ts';
import { tellLinesInCentre, tellServiceInCentre } from './customer/told-in-centre.ts';
import { createActivationAnswers } from './enrolment/activation-answers.ts';
import type { ActivationDeps, ActivationRules } from './enrolment/activation-types.ts';
import { createDeactivationAnswer } from './enrolment/deactivate.ts';
import { createLinkAnswer } from './enrolment/link-account.ts';
import type { ServiceWords } from './enrolment/service-words.ts';
import type { Texts } from './i18n.ts';
import { createAccountNotices } from './messaging/account-notices.ts';
import type { ContactNotice } from './messaging/contact-queue.ts';
import type { Jobs } from './messaging/jobs.ts';
import { createLineNotices } from './messaging/line-notices.ts';
import type { EmailNotice, SmsNotice } from './messaging/notices.ts';
import { createServiceNotices } from './messaging/service-notices.ts';
import type { Config } from './ops/config.ts';

/** What is taken from the channel. */
export interface ChannelParts {
  readonly keyring: SimKeyring;
  readonly jobs: Pick<Jobs<{ sms: SmsNotice; email: EmailNotice; contact: ContactNotice }>, 'enqueue'>;
  readonly notifier: Notifier;
}

/** What a request that changes the service carries beside its words. */
export function serviceRequestRules({ locks, service }: Config): ServiceRequestDeps['rules'] {
  const policies = ['sequences', 'repeated-pairs', 'birth-year'] as const;
  return {
    ttlSeconds: service.requestSeconds,
    maxWrongPins: locks.maxWrongPins,
    pinPolicy: policies.filter((policy) => service.pinPolicy.includes(policy)),
  };
}

/** The rules of an activation, from the configuration. */
export function activationRules({
  service,
  locks,
  provider,
  operators,
  brands,
}: Config): ActivationRules & { lockHours: number } {
  const { draftMinutes, installMinutes, pinHours, requestSeconds, termsVersion } = service;
  const { holdHours, replacementDays, lockHours } = locks;
  return {
    ...stateRules({ provider, operators, brands }),
    ...{ draftMinutes, installMinutes, pinHours, requestSeconds, termsVersion },
    ...{ holdHours, replacementDays, lockHours },
  };
}

function wordsFrom(texts: Texts): ServiceWords {
  return (action, { locale, account }) => ({
    serviceName: 'Mobile Connect',
    message: texts.t(locale, `mcPhone.${action}`, { account }),
  });
}

/** What the SIMs answer to the requests of these flows; the channel is still being made when this is called. */
export function serviceAnswers(deps: SimChannelDeps, parts: ChannelParts) {
  const shared = activationDeps(deps, parts);
  return {
    ...createActivationAnswers(shared),
    link: createLinkAnswer(shared),
    deactivate: createDeactivationAnswer(shared),
    'bank-details': createBankAnswer({ ...shared, notices: createAccountNotices(parts.jobs) }),
  };
}

/** What an activation needs to go on by itself. */
export function activationDeps(
  deps: Pick<SimChannelDeps, 'config' | 'database' | 'masterKey' | 'audit' | 'texts' | 'randomBytes'>,
  { keyring, jobs, notifier }: ChannelParts,
): Omit<ActivationDeps, 'push' | 'sender' | 'transport' | 'wakeUps'> {
  return {
    ...deps,
    requests: createServiceRequests({ ...deps, keyring, rules: serviceRequestRules(deps.config) }),
    notices: tellServiceInCentre(createServiceNotices(jobs), notifier),
    lineNotices: tellLinesInCentre(createLineNotices(jobs), notifier),
    words: wordsFrom(deps.texts),
    rules: activationRules(deps.config),
  };
}
