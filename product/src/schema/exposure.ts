import { Type } from 'typebox';
import { Location, Port } from './hardware.ts';
import { Id, State, strict, Text, Words } from './words.ts';

/** What is open, and how it talks: IXIT 11-ComMech, 12-NetSecImpl, 13-SoftServ, 15-Intf, 27-UserIntf, 28-ExtAPI, 29-InpVal. */

export const Protocol = Type.Union([
  Type.Literal('https'),
  Type.Literal('http'),
  Type.Literal('mqtts'),
  Type.Literal('mqtt'),
  Type.Literal('ssh'),
  Type.Literal('mdns'),
  Type.Literal('coap'),
  Type.Literal('other'),
]);

export const TlsDeclared = strict({
  minimumVersion: Type.Union([Type.Literal('1.2'), Type.Literal('1.3')]),
  clientCertificate: Type.Boolean(),
});

export const Interface = strict(
  {
    id: Id,
    description: Words,
    kind: Type.Union([Type.Literal('network'), Type.Literal('physical'), Type.Literal('radio')]),
    debug: Type.Boolean(),
    accessible: Type.Boolean({ description: 'a person with the closed product in hand can reach it' }),
    enabled: Type.Array(State),
    purpose: Text,
    protection: Type.Optional(Text),
    location: Type.Optional(Location),
    form: Type.Optional(Type.String({ minLength: 1, description: 'connector or pads, with dimensions' })),
    switchedOffBy: Type.Optional(
      Type.String({ minLength: 1, description: 'what keeps it off in the states that `enabled` does not name' }),
    ),
    port: Type.Optional(Port),
    device: Type.Optional(
      Type.String({
        pattern: '^[A-Za-z0-9][A-Za-z0-9_.-]{0,14}$',
        description: 'network: the name that the running system gives it, as eth0',
      }),
    ),
    serves: Type.Optional(
      Type.Union([Type.Literal('owner'), Type.Literal('children')], {
        description: 'network: whose things are on it; children: devices that belong to the product, and nobody else',
      }),
    ),
  },
  'IXIT 15-Intf',
);

export const SoftwareService = strict(
  {
    id: Id,
    description: Words,
    interface: Id,
    protocol: Protocol,
    transport: Type.Union([Type.Literal('tcp'), Type.Literal('udp')]),
    port: Type.Integer({ minimum: 1, maximum: 65535 }),
    states: Type.Array(State, { minItems: 1 }),
    purpose: Text,
    authentication: Type.Array(Id, { description: 'authentication mechanisms; empty only with a public-data reason' }),
    publicBecause: Type.Optional(Text),
    tls: Type.Optional(TlsDeclared),
    discloses: Type.Array(Text, { description: 'what it tells before authentication' }),
  },
  'IXIT 13-SoftServ: a listener',
);

export const CommunicationMechanism = strict(
  {
    id: Id,
    description: Words,
    direction: Type.Union([Type.Literal('inbound'), Type.Literal('outbound')]),
    service: Type.Optional(
      Type.String({ description: 'inbound: the software service; outbound: the associated service' }),
    ),
    protocol: Protocol,
    port: Type.Optional(Type.Integer({ minimum: 1, maximum: 65535 })),
    tls: Type.Optional(TlsDeclared),
    authentication: Type.Union([Type.Literal('mutual'), Type.Literal('server'), Type.Literal('none')]),
    cryptography: Text,
    parameters: Type.Array(Id, { description: 'security parameters that it uses' }),
    remotelyAccessible: Type.Boolean(),
    states: Type.Optional(
      Type.Array(State, {
        minItems: 1,
        description: 'outbound: when it may be opened; any but quarantine where absent',
      }),
    ),
    alert: Type.Optional(
      Type.Boolean({ description: 'outbound: the one way by which the product tells of itself while it is cut off' }),
    ),
    dialledOn: Type.Optional(
      strict(
        { function: Id, field: Type.Optional(Text), value: Type.Optional(Text) },
        'outbound: the function on which it is opened at once, and what its field says for that',
      ),
    ),
    chosenBy: Type.Optional(
      strict({ function: Id, field: Text, off: Text }, 'outbound, no service: off until the owner names a place by it'),
    ),
  },
  'IXIT 11-ComMech',
);

export const NetworkSecurityImplementation = strict(
  {
    id: Id,
    name: Text,
    version: Type.Optional(Text),
    review: Text,
    link: Type.Optional(
      Type.String({ pattern: '^https://', description: 'where everybody can read how it is reviewed' }),
    ),
    component: Type.Optional(Type.String({ description: 'the software component that carries it' })),
    packages: Type.Optional(Type.Array(Text, { description: 'names of the packages in the image that are it' })),
  },
  'IXIT 12-NetSecImpl',
);

export const BasicProtocol = strict(
  {
    id: Id,
    protocol: Type.Union(
      [
        Type.Literal('arp'),
        Type.Literal('ndp'),
        Type.Literal('dhcp'),
        Type.Literal('dns'),
        Type.Literal('icmp'),
        Type.Literal('ntp'),
      ],
      { description: 'a protocol of the network itself, which nobody authenticates' },
    ),
    runBy: Text,
    mayChange: Text,
    bound: Type.String({ minLength: 1, description: 'why what it changes does not undo a protection' }),
  },
  'EN 303 645 5.5-5: exceptions from authentication before a change',
);

export const RemoteManagement = strict(
  {
    description: Words,
    byDefault: Type.Union([Type.Literal('off'), Type.Literal('on')]),
    switch: strict(
      {
        function: Id,
        field: Text,
        off: Type.String({ minLength: 1, description: 'value of the field that means off' }),
        longestHours: Type.Number({ minimum: 0 }),
      },
      'how the owner switches it on and off; its state is read back as the function declares',
    ),
    commands: Type.Array(strict({ id: Id, description: Words, securityRelevant: Type.Boolean() }), {
      minItems: 1,
      description: 'all that can be asked from afar',
    }),
    authentication: Text,
    shown: Type.String({ minLength: 1, description: 'how people see that it is on, and that it was used' }),
  },
  'management by the manufacturer over the device’s own channel',
);

/** One input of a function; enough to make valid and invalid values of it. */
export const Field = strict({
  name: Text,
  type: Type.Union([
    Type.Literal('string'),
    Type.Literal('integer'),
    Type.Literal('number'),
    Type.Literal('boolean'),
    Type.Literal('choice'),
    Type.Literal('file'),
  ]),
  minimum: Type.Optional(Type.Number({ description: 'value, or length of a string, or bytes of a file' })),
  maximum: Type.Optional(Type.Number()),
  pattern: Type.Optional(Text),
  choices: Type.Optional(Type.Array(Text)),
  media: Type.Optional(
    Type.Array(Type.String({ pattern: '^[a-z]+/[a-z0-9.+-]+$' }), {
      minItems: 1,
      description: 'of a file: the formats that are taken; what else comes is refused',
    }),
  ),
  secret: Type.Optional(Type.Boolean()),
  personalData: Type.Optional(Type.String({ minLength: 1, description: 'row of table 21 whose data is put in here' })),
  role: Type.Optional(
    Type.Union(
      [
        Type.Literal('current-password'),
        Type.Literal('new-password'),
        Type.Literal('repeat-password'),
        Type.Literal('account-name'),
        Type.Literal('account-role'),
        Type.Literal('pin'),
        Type.Literal('pin-locked'),
      ],
      { description: 'what the field means where a client must know' },
    ),
  ),
  example: Type.Union([Type.String(), Type.Number(), Type.Boolean()], {
    description: 'a value that is taken; of a file its bytes in base64',
  }),
  absent: Type.Optional(
    Type.Union([Type.String(), Type.Number(), Type.Boolean()], {
      description: 'what a form means that does not send it, as with a box that is not ticked',
    }),
  ),
});

export const ExternalFunction = strict(
  {
    id: Id,
    description: Words,
    service: Id,
    kind: Type.Union([
      Type.Literal('read'),
      Type.Literal('change'),
      Type.Literal('publish'),
      Type.Literal('subscribe'),
    ]),
    securityRelevant: Type.Boolean(),
    personalData: Type.Boolean(),
    request: Type.Union([
      strict({
        transport: Type.Literal('http'),
        method: Type.Union([
          Type.Literal('GET'),
          Type.Literal('POST'),
          Type.Literal('PUT'),
          Type.Literal('PATCH'),
          Type.Literal('DELETE'),
        ]),
        path: Type.String({ pattern: '^/' }),
        encoding: Type.Union([
          Type.Literal('none'),
          Type.Literal('form'),
          Type.Literal('multipart'),
          Type.Literal('json'),
        ]),
        page: Type.Optional(
          Type.String({ pattern: '^/', description: 'page that carries the form; its hidden inputs are sent back' }),
        ),
        fields: Type.Array(Field),
      }),
      strict({ transport: Type.Literal('mqtt'), topic: Text, payload: Type.Optional(Text) }),
    ]),
    success: strict({
      status: Type.Optional(Type.Array(Type.Integer())),
      contains: Type.Optional(Type.String({ description: 'text that only a successful answer carries' })),
      shows: Type.Optional(
        strict({
          what: Type.Literal('initial-password'),
          element: Type.String({ minLength: 1, description: 'id of the HTML element whose text it is' }),
        }),
      ),
    }),
    /** reads back what a change did: a read function and the field that must show the value */
    readBack: Type.Optional(strict({ function: Id, field: Text })),
    publicBecause: Type.Optional(Text),
    onlyWhile: Type.Optional(
      Type.String({
        minLength: 1,
        description: 'the state in which alone it does something, as a clause: "an erasure can be taken back"',
      }),
    ),
    purpose: Type.Optional(
      Type.Union(
        [
          Type.Literal('change-password'),
          Type.Literal('security-log'),
          Type.Literal('model-designation'),
          Type.Literal('erase-own-data'),
          Type.Literal('keep-own-data'),
          Type.Literal('factory-reset'),
          Type.Literal('set-up'),
          Type.Literal('change-second-factor'),
          Type.Literal('list-accounts'),
          Type.Literal('add-account'),
          Type.Literal('remove-account'),
          Type.Literal('change-role'),
          Type.Literal('set-pin'),
          Type.Literal('lock-pin'),
          Type.Literal('end-sessions'),
          Type.Literal('renew-keys'),
        ],
        { description: 'a duty that a code knows by name' },
      ),
    ),
  },
  'IXIT 28-ExtAPI: one function that a client can call',
);

export const UserInterface = strict(
  {
    id: Id,
    description: Words,
    service: Type.Optional(Id),
    entry: Type.Optional(Type.String({ pattern: '^/' })),
    languages: Type.Array(Text),
  },
  'IXIT 27-UserIntf',
);

export const InputValidation = strict(
  { id: Id, covers: Type.Array(Id, { description: 'functions or user interfaces' }), method: Text },
  'IXIT 29-InpVal',
);
