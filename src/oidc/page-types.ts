// Pages that the library asks for outside an interaction; src/web draws them.
import type { ErrorOut, KoaContextWithOIDC } from 'oidc-provider';

/**
 * Each sets `ctx.body` and type. `ctx.oidc.client` is the relying party, if it is known. `ctx.state` has what the outer
 * application's middleware found: locale, nonce, brand.
 */
export interface ProviderPages {
  /** Asks whether to log out. `form` is a hidden form, `op.logoutForm`; `logout=yes` logs out everywhere. */
  logoutSource(ctx: KoaContextWithOIDC, form: string): void | Promise<void>;
  postLogoutSuccessSource(ctx: KoaContextWithOIDC): void | Promise<void>;
  /** An OAuth error that cannot go back to the relying party; the status is set. */
  renderError(ctx: KoaContextWithOIDC, out: ErrorOut, error: Error): void | Promise<void>;
}
