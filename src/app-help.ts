// Wires the help: articles with the provider's own pages, questions to advisors, feedback.
import type { HelpParts } from './api/help.ts';
import type { AppParts } from './app.ts';
import { createHelp } from './customer/help-articles.ts';
import { createHelpDesk } from './customer/help-desk.ts';

/** For the APIs. */
export function helpOf({ home, database, audit, randomBytes, oidc }: AppParts): HelpParts {
  const brand = home.main.id;
  const page = (path: string): string => `${oidc.issuer}${path}`;
  const pages = {
    'mobile-connect': page('/mobile-connect'),
    'pin-reset': page('/mobile-connect/reset'),
    'line-lost': page('/mobile-connect/lost'),
    'password-reset': page('/account/password-reset'),
  };
  return { articles: createHelp({ brand, pages }), desk: createHelpDesk({ database, audit, brand, randomBytes }) };
}
