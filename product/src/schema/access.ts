import { Type } from 'typebox';
import { Id, named, strict, Text, Words } from './words.ts';

/** Who may come in, and how: IXIT 1-AuthMech, 10-SecParam, 14-SecMgmt, 17-PrivlCtrl, 18-AccCtrl. */

/** How a client logs in, in terms that any client can follow. */
export const Login = Type.Union([
  strict(
    {
      kind: Type.Literal('form'),
      page: Type.String({ pattern: '^/', description: 'page that carries the form; its hidden inputs are sent back' }),
      path: Type.String({ pattern: '^/', description: 'where the form is posted' }),
      fields: strict({ user: Type.Optional(Text), password: Text }),
      success: strict({ status: Type.Array(Type.Integer()), location: Type.Optional(Text) }),
      failure: strict({ status: Type.Array(Type.Integer()) }),
      throttled: Type.Optional(strict({ status: Type.Array(Type.Integer()) })),
    },
    'HTML form over HTTP(S); the session is a cookie',
  ),
  strict(
    {
      kind: Type.Literal('json'),
      path: Type.String({ pattern: '^/' }),
      fields: strict({ user: Type.Optional(Text), password: Text }),
      constants: Type.Optional(named(Type.String())),
      token: Type.String({ pattern: '^/', description: 'JSON pointer to the bearer token in the answer' }),
      success: strict({ status: Type.Array(Type.Integer()) }),
      failure: strict({ status: Type.Array(Type.Integer()) }),
      throttled: Type.Optional(strict({ status: Type.Array(Type.Integer()) })),
    },
    'JSON request answered with a bearer token',
  ),
  strict({ kind: Type.Literal('basic') }, 'HTTP basic authentication (RFC 7617)'),
  strict({ kind: Type.Literal('mqtt') }, 'user name and password of an MQTT CONNECT'),
]);

/** What a second login of an administrator meets, where one administrator is admitted at a time. */
export const SecondLogin = Type.Union([
  strict(
    {
      kind: Type.Literal('offers'),
      page: Type.String({
        pattern: '^/',
        description: 'where the right password leads instead of in; carries the form',
      }),
      path: Type.String({ pattern: '^/', description: 'where the form is posted' }),
      field: Text,
      value: Type.String({ description: 'of the field, to end the first session and go on' }),
      decline: Type.String({ description: 'of the field, to leave the first session as it is' }),
    },
    'HTML form over HTTP(S); after it the login has succeeded, as its answer says',
  ),
  strict({ kind: Type.Literal('refuses') }, 'answered as a failed login while the first session lasts'),
  strict({ kind: Type.Literal('ends-first') }, 'the first session ends without a question'),
]);

export const Session = strict({
  carrier: Type.Union([Type.Literal('cookie'), Type.Literal('bearer')]),
  name: Type.Optional(Type.String({ description: 'cookie name' })),
  idleSeconds: Type.Integer({ minimum: 1 }),
  absoluteSeconds: Type.Integer({ minimum: 1 }),
  logout: Type.Optional(
    strict({ method: Type.Union([Type.Literal('POST'), Type.Literal('GET')]), path: Type.String({ pattern: '^/' }) }),
  ),
  administrators: Type.Union([Type.Literal('one-at-a-time'), Type.Literal('many')]),
  secondLogin: Type.Optional(SecondLogin),
});

/** How a unit in factory default is set up, in terms that any client can follow: the forms of one set-up, page by page. */
export const SetUp = strict(
  {
    page: Type.String({
      pattern: '^/',
      description: 'first page; forms of the set-up stand here, below it, or name a field below',
    }),
    fields: strict({
      initialPassword: Type.String({ minLength: 1, description: 'input for the initial value of this mechanism' }),
      password: Type.String({ minLength: 1, description: 'input for the value that replaces it' }),
      repeat: Type.Optional(Type.String({ minLength: 1, description: 'input for that value once more' })),
    }),
    /** values for further inputs, by name */
    others: Type.Optional(named(Type.String())),
  },
  'HTML forms over HTTP(S); hidden inputs are sent back, boxes stay as the page offers them',
);

export const AuthenticationMechanism = strict(
  {
    id: Id,
    description: Words,
    subject: Type.Union([Type.Literal('user'), Type.Literal('machine')]),
    factor: Type.Union([
      Type.Literal('password'),
      Type.Literal('pin'),
      Type.Literal('token'),
      Type.Literal('certificate'),
      Type.Literal('biometric'),
      Type.Literal('one-time-code'),
      Type.Literal('passkey'),
    ]),
    secondTo: Type.Optional(
      Type.String({
        description:
          'the mechanism of this declaration after which an account that has set it up is asked for this one too',
      }),
    ),
    services: Type.Array(Id, {
      minItems: 1,
      description: 'software services that it guards, or associated services that it opens to the device',
    }),
    initialValue: Type.Union([
      strict({
        kind: Type.Literal('unique-per-device'),
        entropyBits: Type.Integer({ minimum: 1 }),
        alphabet: Type.Optional(Text),
        generation: Text,
        mustBeChanged: Type.Boolean(),
      }),
      strict({ kind: Type.Literal('defined-by-user') }),
      strict({ kind: Type.Literal('universal'), value: Type.Optional(Text) }),
      strict({ kind: Type.Literal('issued'), by: Text }),
    ]),
    firstValue: Type.Optional(
      strict(
        {
          generation: Text,
          validHours: Type.Integer({
            minimum: 1,
            maximum: 168,
            description: 'unless it was replaced by then, the account that it was made for ends',
          }),
        },
        'value that the product makes up for an account which a user adds; it opens nothing but its own replacement',
      ),
    ),
    change: Type.Optional(strict({ function: Id, steps: Type.Integer({ minimum: 1 }) })),
    setUp: Type.Optional(SetUp),
    bruteForce: Type.Optional(
      strict({
        description: Text,
        freeAttempts: Type.Integer({ minimum: 1, description: 'failures before the first delay' }),
        firstDelaySeconds: Type.Number({ minimum: 0 }),
        longestDelaySeconds: Type.Number({ minimum: 0 }),
      }),
    ),
    recovery: Type.Optional(
      strict(
        {
          interface: Id,
          description: Text,
          page: Type.String({ pattern: '^/' }),
          minutes: Type.Integer({ minimum: 1, maximum: 60, description: 'for so long a press counts' }),
          attempts: Type.Integer({ minimum: 1, maximum: 10, description: 'from each source, whatever others guessed' }),
        },
        'what a press of a button of the device opens to the people in its home',
      ),
    ),
    rules: Type.Optional(
      strict({
        minimumLength: Type.Integer({ minimum: 1 }),
        maximumLength: Type.Integer({ minimum: 1 }),
        refusesCommon: Type.Boolean(),
        refusesRuns: Type.Boolean(),
      }),
    ),
    cryptography: Text,
    login: Type.Optional(Login),
    session: Type.Optional(Session),
  },
  'IXIT 1-AuthMech',
);

export const SecurityParameter = strict(
  {
    id: Id,
    description: Text,
    kind: Type.Union([Type.Literal('critical'), Type.Literal('public')]),
    purpose: Text,
    secrecy: Text,
    hardCoded: Type.Boolean(),
    uniquePerDevice: Type.Boolean(),
    generation: Text,
    storage: Text,
    tamperResistance: Type.Optional(Text),
    keptBy: Type.Optional(
      Type.Union([Type.Literal('software'), Type.Literal('tpm2'), Type.Literal('pkcs11')], {
        description: 'what keeps it closed at rest: software alone, a TPM 2.0, or a PKCS#11 token or secure element',
      }),
    ),
    keyUse: Type.Optional(
      Type.Union(
        [
          Type.Literal('server-authentication'),
          Type.Literal('client-authentication'),
          Type.Literal('signature'),
          Type.Literal('encryption'),
          Type.Literal('key-wrapping'),
          Type.Literal('key-derivation'),
          Type.Literal('credential'),
        ],
        { description: 'the one thing that a key is used for; `credential`: a password or code, which is no key' },
      ),
    ),
    keyKinds: Type.Optional(
      Type.Array(Type.String({ pattern: '^[a-z0-9]+-[0-9]+$' }), {
        description: 'kinds of key that it may be: type and bits, as `ec-256`, `ed25519-256`, `rsa-3072`',
      }),
    ),
    identity: Type.Optional(Type.Boolean({ description: 'a hard-coded unique per device identity used for security' })),
  },
  'IXIT 10-SecParam',
);

export const SecureManagementProcess = strict(
  {
    id: Id,
    parameter: Id,
    generation: Text,
    provisioning: Text,
    storage: Text,
    update: Text,
    decommissioning: Text,
    compromise: Text,
    longestDays: Type.Optional(
      Type.Number({ exclusiveMinimum: 0, description: 'for so long it is in use at most; then another is made' }),
    ),
    renewedBy: Type.Optional(
      strict(
        {
          function: Id,
          field: Type.Optional(Text),
          value: Type.Optional(Text),
        },
        'the function by which people have it made anew, and what its field says for that',
      ),
    ),
    algorithmShown: Type.Optional(
      strict(
        { function: Id, element: Type.String({ pattern: '^[A-Za-z][\\w-]*$' }) },
        'a key whose algorithm the manufacturer can change: the function that reads a page on which it stands, and the id of its element there',
      ),
    ),
  },
  'IXIT 14-SecMgmt',
);

export const PrivilegeControl = strict(
  {
    id: Id,
    process: Text,
    user: Type.String({ minLength: 1, description: '`root`, or an account that no process with another `user` has' }),
    privileges: Type.Array(Text),
    because: Text,
    commandLine: Type.Optional(
      Type.Array(Text, {
        minItems: 1,
        description: 'words of its command line by which it is known; of a file the name without its ending',
      }),
    ),
    capabilities: Type.Optional(
      Type.Array(Type.String({ pattern: '^CAP_[A-Z_]+$' }), {
        description: 'of Linux, that it keeps; none where absent',
      }),
    ),
    writableCodeBecause: Type.Optional(
      Type.String({
        minLength: 1,
        description: 'why memory of it may be both written and executed; none is where absent',
      }),
    ),
  },
  'IXIT 17-PrivlCtrl',
);

export const AccessControl = strict(
  { id: Id, role: Id, description: Words, functions: Type.Array(Id) },
  'IXIT 18-AccCtrl: what a role may call',
);
