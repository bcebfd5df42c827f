import { Type, type Static } from 'typebox';

/**
 * A target: one unit of a product, where it stands, who allows it to be assessed, and what the assessor has been
 * given of it (accounts, files, records). How to log in, read and change is in the product's declaration.
 */
const strict = { additionalProperties: false } as const;

export const Endpoint = Type.Object(
  {
    /** `https://host:port`, `http://…`, `mqtt://…`, `mqtts://…` */
    url: Type.String({ pattern: '^(https?|mqtts?)://[^/\\s]+$' }),
    /** PEM file that the server's certificate must lead to, relative to the target file; the system's roots where absent */
    trust: Type.Optional(Type.String()),
    /** SHA-256 of the certificate, lower-case hex, as printed on the label */
    fingerprint: Type.Optional(Type.String({ pattern: '^[0-9a-f]{64}$' })),
  },
  strict,
);

const Command = Type.Array(Type.String(), { minItems: 1 });
const Place = Type.Object({ address: Type.String(), port: Type.Integer({ minimum: 1, maximum: 65535 }) }, strict);

const Asked = Type.Object({ ask: Command, takeBack: Command }, strict);

const Handling = Type.Object(
  {
    /** off and on again; the unit is up when the command ends, or comes up soon after */
    powerCycle: Type.Optional(Command),
    /** the storage is read out into the folders of `artefacts.runningStorage`, where these do not show it as it is */
    readOut: Type.Optional(Command),
    /** without any password, by what a person with the unit can do: it is in factory default, and comes up soon after */
    factoryReset: Type.Optional(Command),
    /** id of a declared self-test -> the part that it tries is made to fail, and works again */
    failPart: Type.Optional(Type.Record(Type.String(), Asked)),
    /** name of a place on the unit where its software is stored -> one byte there is changed, and put back */
    alterSoftware: Type.Optional(Type.Record(Type.String(), Asked)),
    /** the same of its configuration: what the software reads, and people do not set */
    alterConfiguration: Type.Optional(Type.Record(Type.String(), Asked)),
    /**
     * id of a declared tamper input -> what it guards is opened, and closed again; `whileOff`: the power is switched
     * off, it is opened and closed, and the power is back. Keys may be destroyed by that.
     */
    openCase: Type.Optional(
      Type.Record(
        Type.String(),
        Type.Object({ open: Command, close: Command, whileOff: Type.Optional(Command) }, strict),
      ),
    ),
  },
  strict,
);

/** authentication mechanism id -> account; `initialPassword` is the label’s, if one was printed */
const Accounts = Type.Record(
  Type.String(),
  Type.Object(
    {
      user: Type.Optional(Type.String()),
      password: Type.Optional(Type.String()),
      passwordFile: Type.Optional(Type.String({ description: 'the first line of this file' })),
      initialPassword: Type.Optional(Type.String()),
    },
    strict,
  ),
);

const Backups = Type.Object({ make: Command, copies: Command, restored: Command }, strict);

const Confirmed = Type.Object({ ask: Command, roots: Type.String() }, strict);

export const Target = Type.Object(
  {
    schema: Type.Literal('hearthward/target/1'),
    /** file of the declaration, relative to this file */
    declaration: Type.String(),
    /** without it nothing is sent to the target */
    authorisation: Type.Object(
      {
        by: Type.String({ minLength: 1, description: 'who may allow it: owner, manufacturer, laboratory contract' }),
        statement: Type.String({ minLength: 1 }),
        until: Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$' }),
        /** may the assessor change settings that it puts back (a password) */
        changes: Type.Boolean(),
        /** may it run what cannot be put back (a factory reset) */
        destructive: Type.Boolean(),
        /** hosts outside loopback and private addresses that may be reached, by name */
        publicHosts: Type.Optional(Type.Array(Type.String())),
      },
      strict,
    ),
    /** software service id of the declaration -> endpoint */
    services: Type.Record(Type.String(), Endpoint),
    /** associated service id -> endpoint */
    associatedServices: Type.Optional(Type.Record(Type.String(), Endpoint)),
    /**
     * associated service id -> a redirect that the laboratory has placed on the way to it. What the device sends to
     * `dialled` arrives `here`, at this machine, while the assessor listens there, and at the service else.
     */
    redirects: Type.Optional(Type.Record(Type.String(), Type.Object({ dialled: Place, here: Place }, strict))),
    /**
     * security parameter id -> how the manufacturer is asked that devices make their next such key with another
     * algorithm, and with that of before again. Program and arguments, started in the folder of this file without a
     * shell; exit code 0 says that it is arranged.
     */
    otherAlgorithms: Type.Optional(Type.Record(Type.String(), Asked)),
    /**
     * how the manufacturer’s bench is asked to offer this one unit a release, and to withdraw it. What is taken back is
     * offered no longer; a device that has installed it keeps it. Each call is carried out before its command ends.
     */
    releases: Type.Optional(
      Type.Object(
        {
          /** good, newer than what runs each time that it is asked for, and a security release with the risks that go away */
          next: Type.Optional(Asked),
          /** newer, and signed; its bytes differ from what is signed */
          damaged: Type.Optional(Asked),
          /** newer, and not signed by anybody whom the device has reason to believe */
          unsigned: Type.Optional(Asked),
          /** good and signed, and older than what runs */
          older: Type.Optional(Asked),
          /** newer, signed, and does not come up on a device */
          failing: Type.Optional(Asked),
          /** newer, signed, and for hardware that this unit is not */
          'other-model': Type.Optional(Asked),
        },
        strict,
      ),
    ),
    /**
     * security parameter id -> how the manufacturer is asked that certificates of this key that devices get from now on
     * last `seconds`, and as long as before again. As short as devices that are in order renew in time.
     */
    shortLives: Type.Optional(
      Type.Record(
        Type.String(),
        Type.Object({ seconds: Type.Integer({ minimum: 1, maximum: 3600 }), ask: Command, takeBack: Command }, strict),
      ),
    ),
    /** how somebody with the unit in hand is asked; each call is carried out before its command ends */
    handling: Type.Optional(Handling),
    /**
     * how the manufacturer is asked whether this unit has told it of a change of its own software or configuration, or
     * that it was opened, since it was last asked; exit code 0: it has
     */
    alerted: Type.Optional(Command),
    /**
     * how whoever may have it out (a person of this unit, or the manufacturer for them) gets what the services hold of it:
     * a program that prints JSON, a list of `{ "field", "at", "value" }` with declared telemetry fields, ISO 8601 times and
     * values; an empty list where nothing is held. Of an item that is sealed to a party `{ "field": ITEM, "at", "value": sealed
     * bytes in base64url, "sealedTo": PARTY }`. What it prints is judged and not kept.
     */
    held: Type.Optional(Command),
    /**
     * how a person of this unit has out the newest confirmation that their data is gone: a program that prints it, a DSSE
     * envelope with its `certificates`, and nothing while there is none; `roots`: PEM file that these must lead to
     */
    confirmed: Type.Optional(Confirmed),
    /**
     * how the manufacturer of this unit's services has a backup of them made (`make`), says which copies there are (`copies`:
     * a program that prints JSON, a list of `{ "madeAt", "until" }` in ISO 8601, with `removedAt` where one is gone), and shows
     * what a system has of this unit that was restored from the newest copy, beside the one that runs (`restored`: as `held`)
     */
    backups: Type.Optional(Backups),
    /**
     * another unit of the model, which nobody uses. Whoever names one allows what cannot be put back on it: there, and not
     * on the unit, cases run that erase, that look at a unit in factory default, or that want it in hand for long.
     */
    spare: Type.Optional(
      Type.Object(
        {
          services: Type.Record(Type.String(), Endpoint),
          /** with an `initialPassword` and no `password`: the assessor sets it up by itself, as the declaration says */
          accounts: Accounts,
          handling: Type.Optional(Handling),
          alerted: Type.Optional(Command),
          held: Type.Optional(Command),
          confirmed: Type.Optional(Confirmed),
          backups: Type.Optional(Backups),
          /** as `artefacts.runningStorage` */
          runningStorage: Type.Optional(Type.Array(Type.String())),
        },
        strict,
      ),
    ),
    /** where the manufacturer's public pages are */
    site: Type.Optional(Endpoint),
    accounts: Type.Optional(Accounts),
    /** a client certificate that the associated services accept, as positive control for mutual authentication */
    clientIdentity: Type.Optional(
      Type.Object(
        {
          certificate: Type.String(),
          key: Type.String(),
          /** of another unit: it is renewed in the course, and both files are replaced by what it is renewed to */
          forRenewal: Type.Optional(Type.Object({ certificate: Type.String(), key: Type.String() }, strict)),
        },
        strict,
      ),
    ),
    /** address to scan for listeners; `control` is an address of the same host that is not the target's */
    host: Type.Optional(
      Type.Object(
        {
          address: Type.String(),
          control: Type.Optional(Type.String()),
          /** TCP ports that answered at this address before the product was started: they are the host's */
          before: Type.Optional(Type.Array(Type.Integer({ minimum: 1, maximum: 65535 }))),
          ports: Type.Optional(Type.String({ pattern: '^\\d+(-\\d+)?(,\\d+(-\\d+)?)*$' })),
        },
        strict,
      ),
    ),
    /** folders given to the assessor: the software as shipped, and persistent storage as a laboratory would read it out */
    artefacts: Type.Optional(
      Type.Object(
        {
          software: Type.Optional(Type.Array(Type.String())),
          storage: Type.Optional(Type.Array(Type.String())),
          /** the same as it is while the product runs: what is put into the product is looked for here */
          runningStorage: Type.Optional(Type.Array(Type.String())),
          /** the same of another unit of the model, which nobody needs to have set up */
          otherStorage: Type.Optional(Type.Array(Type.String())),
          /** folders with `proc`, `sys` and `etc` as on the running unit: read out of it, or `/` of the machine that it runs on */
          runningSystem: Type.Optional(Type.Array(Type.String(), { minItems: 1, maxItems: 1 })),
          /** the same of the product’s own board, which nothing else shares: what is on in it is the product’s */
          board: Type.Optional(Type.Array(Type.String(), { minItems: 1, maxItems: 1 })),
          /** numbers of the first processes of the product in that system; what descends from them is the product’s too */
          processes: Type.Optional(Type.Array(Type.Integer({ minimum: 1 }), { minItems: 1, maxItems: 64 })),
          /** files with what `nft --json list ruleset` printed on the running product, by the state that it was in */
          packetFilter: Type.Optional(
            Type.Object(
              {
                'factory-default': Type.Optional(Type.String()),
                initialised: Type.Optional(Type.String()),
                quarantine: Type.Optional(Type.String()),
              },
              strict,
            ),
          ),
          initialPasswords: Type.Optional(Type.String({ description: 'CSV: serial,mac,password of a batch' })),
        },
        strict,
      ),
    ),
    /** reviewed documents: for rows that only people can fulfil */
    records: Type.Optional(
      Type.Array(
        Type.Object(
          {
            topic: Type.String(),
            file: Type.String(),
            sha256: Type.String(),
            reviewer: Type.String(),
            date: Type.String(),
            expires: Type.String(),
            verdict: Type.Union([Type.Literal('PASS'), Type.Literal('FAIL')]),
            note: Type.Optional(Type.String()),
          },
          strict,
        ),
      ),
    ),
    /**
     * why the file does not say something, and how it is had: place as in `/releases` -> one sentence for whoever reads of a row
     * that was left open for it
     */
    leftOut: Type.Optional(Type.Record(Type.String({ pattern: '^/' }), Type.String({ minLength: 1, maxLength: 300 }))),
    limits: Type.Optional(
      Type.Object(
        {
          /** failed logins that may be caused in all (default 45) */
          failedLogins: Type.Optional(Type.Integer({ minimum: 0 })),
          /** requests in all (default 20 000) */
          requests: Type.Optional(Type.Integer({ minimum: 1 })),
          /** seconds that one case may wait for time to pass, a session to end say (default 20) */
          patienceSeconds: Type.Optional(Type.Number({ minimum: 0 })),
        },
        strict,
      ),
    ),
  },
  strict,
);
export type Target = Static<typeof Target>;
export type Endpoint = Static<typeof Endpoint>;
