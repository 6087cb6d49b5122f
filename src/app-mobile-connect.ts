// Wires the service's own life for pages and APIs: activation, links, deactivation, the session of its pages.
import type { AppParts } from './app.ts';
import { activationDeps, activationRules } from './app-service-answers.ts';
import { createCustomerSessions } from './authentication/customer-session.ts';
import { createPasswordStep, type PasswordStepDeps } from './authentication/password-step.ts';
import { createActivation } from './enrolment/activation.ts';
import type { ActivationDeps } from './enrolment/activation-types.ts';
import { createPhoneConfirmations } from './enrolment/phone-confirmations.ts';
import { listServiceLines, readHistory } from './enrolment/service-lines.ts';

export type MobileConnect = ReturnType<typeof createMobileConnect>;

/** The use cases for pages and APIs; `password` is the step of the logins, with its limits and its alert. */
export function createMobileConnect(parts: AppParts, password: PasswordStepDeps) {
  const { channel, config } = parts;
  const deps: ActivationDeps = {
    ...activationDeps({ ...parts, texts: parts.pages.texts }, channel),
    push: channel.push,
    sender: channel.sender,
    transport: channel.smsc,
    wakeUps: parts.wakeUps,
  };
  const { sessionMinutes, freshSeconds } = config.service;
  const rules = activationRules(config);
  return {
    activation: createActivation(deps),
    confirmations: createPhoneConfirmations(deps),
    lines: (accountId: Parameters<typeof listServiceLines>[1]) => listServiceLines({ ...parts, rules }, accountId),
    history: (query: Parameters<typeof readHistory>[1]) => readHistory({ ...parts, rules }, query),
    sessions: createCustomerSessions({ ...parts, rules: { sessionMinutes, freshSeconds } }),
    password: createPasswordStep(password),
    termsVersion: rules.termsVersion,
  };
}
