// The pages as people use them: Chromium, the demo as `npm start` starts it, every chapter on the same two.
// One file, because a demo and a browser for each would take longer than all the tests.
import { describe } from 'vitest';
import { openStage } from '../support/browser-stage.ts';
import { chromiumPath } from '../support/services.ts';
import { assistance } from './assistance.ts';
import { attachContract } from './attach-contract.ts';
import { billPayment } from './bill-payment.ts';
import { developers } from './developers.ts';
import { guards } from './guards.ts';
import { hubLogin } from './hub-login.ts';
import { linePages } from './line-pages.ts';
import { logout } from './logout.ts';
import { mailbox } from './mailbox.ts';
import { oidcClientTs } from './oidc-client-ts.ts';
import { passwordLogin } from './password-login.ts';
import { passwordReset } from './password-reset.ts';
import { phoneLogin } from './phone-login.ts';
import { phoneProblems } from './phone-problems.ts';
import { pinReset } from './pin-reset.ts';
import { secondOperator } from './second-operator.ts';
import { servicePages } from './service-pages.ts';
import { shopLogin } from './shop-login.ts';
import { webPhones } from './web-phones.ts';

describe.skipIf(chromiumPath() === undefined)('In Chromium', () => {
  const stage = openStage();
  phoneLogin(stage);
  phoneProblems(stage);
  passwordLogin(stage);
  shopLogin(stage);
  hubLogin(stage);
  pinReset(stage);
  passwordReset(stage);
  logout(stage);
  oidcClientTs(stage);
  guards(stage);
  webPhones(stage);
  linePages(stage);
  servicePages(stage);
  attachContract(stage);
  mailbox(stage);
  billPayment(stage);
  assistance(stage);
  developers(stage);
  secondOperator(stage);
});
