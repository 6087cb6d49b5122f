// The parameters of each profile as tables for people: Mobile Connect's from the very rows that judge the requests,
// those of OpenID Connect, FAPI, hubs and CIBA beside them.
import { type Need, type ParameterRule, parameterRules, versionsOf } from '../oidc/mobile-connect-rules.ts';

/** `operation`: where the scope approves an operation or opens identity data. `condition`: as the note says. */
type OauthNeed = 'mandatory' | 'condition' | 'optional' | 'unknown' | 'refused';

export interface ParameterRow {
  /** For links: `mc-nonce`. */
  readonly id: string;
  readonly name: string;
  /** One for each column. */
  readonly needs: readonly (Need | OauthNeed)[];
  /** What is answered to a bad or missing value, in the words of the protocol. */
  readonly answers: readonly string[];
  /** Values or forms that count, if they can be said shortly. */
  readonly values: string | undefined;
}

export interface ParameterTable {
  readonly id: 'mobile-connect' | 'oauth';
  readonly columns: readonly string[];
  readonly rows: readonly ParameterRow[];
}

const mobileConnectProfiles = ['mobile-connect-1.1', 'mobile-connect-2.0', 'mobile-connect-2.3'] as const;

const values: Readonly<Record<string, string>> = {
  response_type: 'code',
  login_hint: 'MSISDN:<digits>, ENCR_MSISDN:<text>, PCR:<sub>',
  display: 'page, popup, touch, wap',
  prompt: 'none, login, consent, select_account, no_seam',
  acr_values: '2, 3, 3 2, …',
  max_age: '0 … 999999999',
  response_mode: 'query, form_post',
};

/** Device-initiated Mobile Connect. */
export const mobileConnectTable: ParameterTable = {
  id: 'mobile-connect',
  columns: mobileConnectProfiles,
  rows: parameterRules.map((rule) => ({
    id: `mc-${rule.name}`,
    name: rule.name,
    needs: mobileConnectProfiles.map((profile) => rule.need[profile]),
    answers: answersOf(rule),
    values: rule.name === 'version' ? Object.keys(versionsOf['mobile-connect-2.3']).join(', ') : values[rule.name],
  })),
};

function answersOf({ bad, missing }: ParameterRule): string[] {
  return [...(missing === undefined ? [] : [missing]), bad].map(({ error, description }) => `${error}: ${description}`);
}

const m = 'mandatory';
const o = 'optional';
const c = 'condition';
const x = 'unknown';
const r = 'refused';

// name, then oidc · fapi-2.0 · hub · CIBA, then values. CIBA takes its request at /backchannel.
const oauthRows: readonly (readonly [string, readonly [OauthNeed, OauthNeed, OauthNeed, OauthNeed], string?])[] = [
  ['client_id', [m, m, m, m]],
  ['redirect_uri', [m, m, m, x]],
  ['response_type', [m, m, m, x], 'code'],
  ['scope', [m, m, m, m], 'openid …'],
  ['state', [o, o, o, x]],
  ['nonce', [c, o, o, x]],
  ['code_challenge', [c, m, o, x]],
  ['code_challenge_method', [c, m, o, x], 'S256'],
  ['acr_values', [o, o, o, o], '1, 2, 3; eidas1, eidas2, eidas3'],
  ['prompt', [o, o, o, x], 'none, login, consent, select_account'],
  ['max_age', [o, o, o, x]],
  ['login_hint', [o, o, o, c]],
  ['login_hint_token', [x, x, x, c]],
  ['id_token_hint', [o, o, o, c]],
  ['claims', [o, o, o, x]],
  ['ui_locales', [o, o, o, x], 'fr, en'],
  ['resource', [o, o, o, o]],
  ['request', [o, o, o, o]],
  ['request_uri', [o, m, o, x]],
  ['response_mode', [o, o, o, x], 'query, fragment, form_post, jwt'],
  ['dpop_jkt', [o, o, o, x]],
  ['binding_message', [x, x, x, o]],
  ['requested_expiry', [x, x, x, o], '1 … 300'],
  ['client_notification_token', [x, x, x, c]],
  ['user_code', [x, x, x, r]],
];

/** The other profiles. */
export const oauthTable: ParameterTable = {
  id: 'oauth',
  columns: ['oidc', 'fapi-2.0', 'hub', 'CIBA'],
  rows: oauthRows.map(([name, needs, text]) => ({ id: name, name, needs, answers: [], values: text })),
};

/** The row that a refusal names: Mobile Connect's when the answer was one of its texts. */
export function rowOfRefusal(rule: string | null, description: string | null): ParameterRow | undefined {
  const name = /^[a-z_]+(?=:)/.exec(rule ?? '')?.[0];
  const said = (row: ParameterRow) => row.answers.some((answer) => answer.endsWith(`: ${description}`));
  const mobileConnect = mobileConnectTable.rows.filter((row) => row.name === name || said(row));
  return mobileConnect.find(said) ?? oauthTable.rows.find((row) => row.name === name) ?? mobileConnect.find(() => true);
}
