// `/account/password-reset`: a forgotten password, from the identifier to the new one. The pages are the same for every
// identifier (B06); without JavaScript they are whole.
import type Router from '@koa/router';
import type {
  PasswordResetOutcome,
  PasswordResets,
  PasswordResetView,
} from '../authentication/password-reset-types.ts';
import { unreachable } from '../errors.ts';
import { createFlowPages, type FlowForm, type FlowPagesDeps, type FlowVisit, robotData } from './flow-pages.ts';
import type { WebContext, WebState } from './web-types.ts';

export interface PasswordResetPagesDeps extends FlowPagesDeps {
  readonly resets: PasswordResets;
}

/** The pages of one issuer, below its path. */
export function createPasswordResetPages(deps: PasswordResetPagesDeps): Router<WebState> {
  const { resets } = deps;
  return createFlowPages<PasswordResetView>(deps, {
    ...{ name: 'passwordReset', path: '/account/password-reset', views: 'password-reset' },
    emptyStart: { identifier: '' },
    async begin(ctx, { browser, form: { identifier = '' } }) {
      const data = { identifier };
      if (identifier.trim() === '') return { problem: mistakeAt(ctx, 'Missing'), data };
      const begun = await resets.begin({ brand: ctx.state.site.brand.id, identifier, browser });
      return begun.kind === 'begun' ? begun : { problem: mistakeAt(ctx, 'Malformed'), data };
    },
    view: (visit) => resets.view(visit),
    take: (visit, form) => take(resets, visit, form),
    wrong({ code, answer }) {
      if (code !== undefined) return 'codeWrong';
      return answer === undefined ? 'chooseChannel' : 'robotWrong';
    },
    stepData: (ctx, view) => stepData(deps, ctx, view),
  });
}

/** Where customers log in by ID, it is an ID that is missing. */
function mistakeAt(ctx: WebContext, what: 'Missing' | 'Malformed'): string {
  return `${ctx.state.site.brand.identifierKinds.includes('account_id') ? 'id' : 'identifier'}${what}`;
}

function take(resets: PasswordResets, visit: FlowVisit, form: FlowForm): Promise<PasswordResetOutcome> {
  const { channel, code, password } = form;
  if (channel !== undefined) return resets.chooseChannel(visit, channel);
  if (code !== undefined) return resets.enterCode(visit, code);
  if (password === undefined) return resets.answerRobot(visit, form['answer'] ?? '');
  return resets.setPassword(visit, { password, confirmation: form['confirmation'] ?? '' });
}

function stepData(deps: FlowPagesDeps, ctx: WebContext, view: PasswordResetView): object {
  switch (view.step) {
    case 'robot':
      return robotData(deps, ctx, view);
    case 'channel':
      return { channels: view.channels };
    case 'code':
      return { channel: view.channel, channels: view.channels };
    case 'password':
    case 'done':
    case 'over':
      return {};
    default:
      return unreachable(view);
  }
}
