// What the fake issuer answers: good by default, and each single answer can be bent by a test.

/** A call of an API, as a test sees it. */
export interface ApiCall {
  readonly method: string;
  /** Below `/api`, with its query. */
  readonly path: string;
  readonly body: unknown;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

export interface ApiReply {
  readonly status: number;
  readonly body?: unknown;
  /** Instead of a body: sent as it is. */
  readonly file?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Behaviour {
  /** Parameters put over those of the authorization answer; null leaves one out. */
  answer: Record<string, string | null>;
  /** Claims put over those of the ID token; null leaves one out. */
  idToken: Record<string, unknown>;
  /** Status and body instead of tokens, for one grant type. */
  tokenError: Partial<Record<'authorization_code' | 'refresh_token', { status: number; body: unknown }>>;
  userInfoStatus: number;
  userInfo: Record<string, unknown>;
  api: { status: number; body: unknown };
  /** Answers of the other APIs; undefined: 404. */
  apis: (call: ApiCall) => ApiReply | undefined;
  /** True: `apis` answers for the profile, too. */
  apisAnswerProfile: boolean;
  /** Unread notices, for the bell of every page; that call is not among those of `apis`. */
  unread: number;
  /** What the next API calls answer, before `api` counts. */
  apiOnce: { status: number; body: unknown }[];
  expiresIn: number;
  noRefreshToken: boolean;
  signWithForeignKey: boolean;
  noEndSession: boolean;
}

const person = {
  name: 'Alice Martin',
  given_name: 'Alice',
  family_name: 'Martin',
  email: 'alice@exemple.test',
  email_verified: true,
  phone_number: '+33639980001',
  phone_number_verified: true,
};

const me = {
  id: 'acc_1',
  givenName: 'Alice',
  familyName: 'Martin',
  brand: 'exemple',
  contactMedium: [{ mediumType: 'mobile', phoneNumber: '+33639980001', preferred: true }],
};

/** A provider that does everything right. */
export function goodBehaviour(): Behaviour {
  return {
    answer: {},
    idToken: {},
    tokenError: {},
    userInfoStatus: 200,
    userInfo: person,
    api: { status: 200, body: me },
    apiOnce: [],
    apis: () => undefined,
    unread: 0,
    apisAnswerProfile: false,
    expiresIn: 300,
    noRefreshToken: false,
    signWithForeignKey: false,
    noEndSession: false,
  };
}
