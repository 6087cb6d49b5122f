// A forgotten password as a person goes through it on the pages of the account.
import type { Browser, Page } from './browser.ts';
import type { FlowPhone } from './flow-phone.ts';
import { codeFromSms, newestSms, sumIn } from './flow-reset.ts';
import { until } from './flow-until.ts';
import type { FlowWorld } from './flow-world.ts';
import { noteNeedles } from './log-directory.ts';

/** A browser in one of the account's flows. */
export interface FlowVisit {
  readonly browser: Browser;
  /** The page that the browser shows now. */
  readonly page: Page;
  open(address: string | URL): Promise<Page>;
  submit(fields: Record<string, string>): Promise<Page>;
  /** Answers the robot check rightly. */
  passRobot(): Promise<Page>;
}

/** Opens an address of the provider and goes on from there. */
export async function visitFlow(browser: Browser, address: string | URL): Promise<FlowVisit> {
  let page = await browser.open(address);
  const show = async (next: Promise<Page>): Promise<Page> => {
    page = await next;
    return page;
  };
  return {
    browser,
    get page() {
      return page;
    },
    open: (next) => show(browser.open(next)),
    submit: (fields) => show(browser.submit(page, fields)),
    passRobot: () => show(browser.submit(page, { answer: sumIn(page.text) })),
  };
}

/** The code of the newest e-mail whose subject fits; remembered as a needle for the search through the logs. */
export async function codeFromMail(world: FlowWorld, to: string, subject: RegExp): Promise<string> {
  const mail = await until('the e-mail with the code', async () =>
    (await world.mail(to)).findLast((one) => subject.test(one.subject)),
  );
  const code = /\b\d{6}\b/.exec(mail.text)?.[0];
  if (code === undefined) throw new Error('there is no code in the e-mail');
  noteNeedles({ form: 'text', what: 'code by e-mail', value: code });
  return code;
}

interface Reset {
  readonly identifier: string;
  readonly password: string;
  /** The phone that gets the code; without one it goes by e-mail to `mailbox`. */
  readonly phone?: FlowPhone;
  readonly mailbox?: string;
}

/** Sets a new password from the first page on; `visit` shows that page. */
export async function replacePassword(world: FlowWorld, visit: FlowVisit, reset: Reset): Promise<void> {
  const { identifier, password, phone, mailbox = '' } = reset;
  await visit.submit({ identifier });
  await visit.passRobot();
  const before = phone === undefined ? 0 : await newestSms(phone);
  await visit.submit({ channel: phone === undefined ? 'email' : 'mobile' });
  const code =
    phone === undefined
      ? await codeFromMail(world, mailbox, /nouveau mot de passe|new password/)
      : await codeFromSms(phone, before);
  await visit.submit({ code });
  noteNeedles({ form: 'text', what: 'new password', value: password });
  await visit.submit({ password, confirmation: password });
}
