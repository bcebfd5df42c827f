import { Type, type Static, type TSchema } from 'typebox';
import { GIVEN_UP } from './slots/records.ts';

/** What the update machine keeps; it is written before anything that follows from it is done. See `decide.ts`. */

const strict = { additionalProperties: false } as const;
const Instant = Type.Integer({ minimum: 0 });
const Digest = Type.String({ pattern: '^[0-9a-f]{64}$' });
const Count = Type.Integer({ minimum: 0, maximum: 2 ** 32 - 1 });
const OrNull = <Schema extends TSchema>(schema: Schema) => Type.Union([Type.Null(), schema]);

export const PHASES = [
  'idle',
  'checking',
  /** a release for this device is known, and waits for leave */
  'offered',
  /** leave is given, by a person or by their standing choice; it waits for its moment */
  'authorised',
  'downloading',
  'downloaded',
  'verified',
  /** whole in the slot that does not run; nothing starts it yet */
  'staged',
  /** the one commit point: from here a restart begins the trial */
  'armed',
  'trial',
  'confirmed',
  'rejected',
  'rolled-back',
  /** too many releases failed one after the other */
  'quarantined',
] as const;
export type Phase = (typeof PHASES)[number];

export const KINDS = ['security', 'feature'] as const;
const PerKind = Type.Object({ security: Type.Boolean(), feature: Type.Boolean() }, strict);

/** What people chose. */
export const Choice = Type.Object({ automatic: PerKind, notices: PerKind }, strict);
export type Choice = Static<typeof Choice>;
// EN 303 645 5.3-4, 5.3-6, G044 6.3.4, 6.3.6: everything is on from the first day, and each kind can be switched off
export const FIRST_CHOICE: Choice = {
  automatic: { security: true, feature: true },
  notices: { security: true, feature: true },
};

const Image = Type.Object({ digest: Digest, number: Count, securityVersion: Count }, strict);

/** The release that is being handled, as its signed metadata says. */
export const Candidate = Type.Object(
  {
    image: Image,
    /** null where only the slot record knew of it: the store was lost during a trial */
    version: OrNull(Type.String({ maxLength: 40 })),
    kind: Type.Enum([...KINDS]),
    downtimeSeconds: Type.Integer({ minimum: 0 }),
    /** target path of the manifest, and its length in bytes */
    path: Type.String({ maxLength: 200 }),
    length: Type.Integer({ minimum: 0 }),
  },
  strict,
);
export type Candidate = Static<typeof Candidate>;

export const UNHEALTHY = ['unhealthy-api', 'unhealthy-store', 'unhealthy-control'] as const;
const VERDICTS = ['healthy', ...UNHEALTHY] as const;

export const NOTICES = [
  'available',
  'will-restart',
  'on-trial',
  'installed',
  'rejected',
  'rolled-back',
  'quarantined',
  'refused',
  'withdrawn',
  'floor-tampered',
  'checks-fail',
] as const;
/** Something to be told; it is owed until it has been. */
export const Notice = Type.Object(
  {
    seq: Count,
    at: Instant,
    to: Type.Union([Type.Literal('people'), Type.Literal('manufacturer')]),
    what: Type.Enum([...NOTICES]),
    version: OrNull(Type.String({ maxLength: 40 })),
    number: OrNull(Count),
    because: OrNull(Type.String({ maxLength: 40 })),
  },
  strict,
);
export type Notice = Static<typeof Notice>;

export const UpdateState = Type.Object(
  {
    v: Type.Literal(1),
    phase: Type.Enum([...PHASES]),
    candidate: OrNull(Candidate),
    authorisedBy: OrNull(Type.Union([Type.Literal('user'), Type.Literal('automatic')])),
    /** an automatic update begins to download then: its part of the offer's jitter */
    startAt: Instant,
    /** an automatic update switches then: people have been told of the pause by that time */
    switchAt: Instant,
    /** failures of the step under way, and when it is tried again; null while it runs */
    step: Type.Object({ failures: Count, retryAt: OrNull(Instant) }, strict),
    /** how the image on trial was found */
    verdict: OrNull(Type.Enum([...VERDICTS])),
    /** null before the slots were first looked at */
    installed: OrNull(Image),
    floor: Count,
    /** the floor that a confirmation under way raises to */
    raisingTo: OrNull(Count),
    check: Type.Object(
      {
        /** minute of the day (UTC) of the daily check, drawn once; null before the device is set up */
        minute: OrNull(Type.Integer({ minimum: 0, maximum: 1439 })),
        nextAt: Instant,
        /** when the services last answered */
        lastAt: OrNull(Instant),
        failures: Count,
      },
      strict,
    ),
    choice: Choice,
    postponed: OrNull(Type.Object({ since: Instant, until: Instant }, strict)),
    /** releases that failed here, and are not tried again */
    failed: Type.Array(Type.Object({ digest: Digest, number: Count }, strict), { maxItems: 32 }),
    /** where the list was full: nothing up to this number is tried again */
    failedUpTo: Count,
    failuresInARow: Count,
    /** highest number among the releases of a quarantine */
    quarantinedAt: OrNull(Count),
    /** the giving up that was last told of */
    lastGivenUp: OrNull(Type.Object({ digest: Digest, because: Type.Enum([...GIVEN_UP]) }, strict)),
    /** offers whose refusal was told */
    refusalsTold: Type.Array(Type.String({ maxLength: 120 }), { maxItems: 16 }),
    owed: Type.Array(Notice, { maxItems: 24 }),
    nextNotice: Count,
  },
  strict,
);
export type UpdateState = Static<typeof UpdateState>;

export const NOTHING_YET: UpdateState = {
  v: 1,
  phase: 'idle',
  candidate: null,
  authorisedBy: null,
  startAt: 0,
  switchAt: 0,
  step: { failures: 0, retryAt: null },
  verdict: null,
  installed: null,
  floor: 0,
  raisingTo: null,
  check: { minute: null, nextAt: 0, lastAt: null, failures: 0 },
  choice: FIRST_CHOICE,
  postponed: null,
  failed: [],
  failedUpTo: 0,
  failuresInARow: 0,
  quarantinedAt: null,
  lastGivenUp: null,
  refusalsTold: [],
  owed: [],
  nextNotice: 0,
};
