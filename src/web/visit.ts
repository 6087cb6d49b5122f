// One request to the page of an interaction: what the provider knows of it and what the sign-in needs to know.
import { composeMessage } from '../authentication/request-message.ts';
import type { SignInRequest } from '../authentication/sign-in-types.ts';
import { AppError } from '../errors.ts';
import type { Locale, Texts } from '../i18n.ts';
import type { InteractionDetails, Interactions } from '../oidc/interaction-types.ts';
import { findOpaqueCookie } from './cookies.ts';
import { deviceLabel } from './device-label.ts';
import { readLocale } from './locale.ts';
import type { WebContext } from './web-types.ts';

export interface Visit {
  readonly ctx: WebContext;
  readonly details: InteractionDetails;
  readonly request: SignInRequest;
  readonly locale: Locale;
}

/** Reads the interaction of this browser. Throws AppError('interaction_lost') if `uid` is not it. */
export async function readVisit(
  ctx: WebContext,
  { uid, interactions, texts }: { uid: string; interactions: Interactions; texts: Texts },
): Promise<Visit> {
  // Until the interaction is known, an error page goes by cookie and Accept-Language.
  const details = await interactions.details(ctx.req, ctx.res);
  if (details.uid !== uid) throw new AppError('interaction_lost', { detail: 'another interaction of this browser' });
  const locale = readLocale(ctx, { uid, uiLocales: details.uiLocales });
  ctx.state.locale = locale;
  const { client, least, wanted, issuer } = details;
  const request: SignInRequest = {
    uid,
    issuer,
    brand: ctx.state.site.brand.id,
    client: {
      id: client.id,
      name: client.name,
      allowPasswordFallback: client.allowPasswordFallback,
      confirmation: client.confirmation,
      revealEnrolment: client.revealEnrolment,
    },
    least,
    wanted,
    locale,
    message: composeMessage(details.texts),
    address: ctx.state.address,
    device: findOpaqueCookie(ctx, 'device'),
    deviceLabel: deviceLabel(ctx.get('User-Agent'), texts.t(locale, 'device.unknown')),
  };
  return { ctx, details, request, locale };
}
