import { Type, type Static } from 'typebox';
import { ReportPlace, ReportSeal } from '../log.ts';
import { SealedParcel } from '../privacy/sealed.ts';
import { Subject } from '../privacy/subjects.ts';

/** MQTT 3.1.1 topics; a device may use its own and no other. */
export const topicsOf = (deviceId: string) =>
  ({
    telemetry: `hearthward/1/${deviceId}/telemetry`,
    events: `hearthward/1/${deviceId}/events`,
    /** a `SealMessage`: how far the device's reports had come, in its signer's word */
    seals: `hearthward/1/${deviceId}/seals`,
    down: `hearthward/1/${deviceId}/down`,
    /** to the device: an `UpdateHint` */
    updates: `hearthward/1/${deviceId}/updates`,
    /** to the device, when it subscribes: a `TimeMessage` */
    time: `hearthward/1/${deviceId}/time`,
    /** a `PrivacyMessage`: whose data it keeps, and what they decided */
    privacy: `hearthward/1/${deviceId}/privacy`,
    /** to the device: a `PrivacyNews` */
    told: `hearthward/1/${deviceId}/told`,
  }) as const;

export const MAX_MESSAGE_BYTES = 16_384;

/** One telemetry message: fields by the id that the declaration gives them. */
export const TelemetryMessage = Type.Object(
  {
    v: Type.Literal(1),
    /** counts up by one per device; the services drop what they have seen */
    seq: Type.Integer({ minimum: 0 }),
    at: Type.String({ description: 'ISO 8601, UTC, device clock' }),
    fields: Type.Record(
      Type.String({ pattern: '^[a-z0-9]+(-[a-z0-9]+)*$' }),
      Type.Union([Type.Number(), Type.Boolean(), Type.String({ maxLength: 64 })]),
      // a name of another form would otherwise pass unread
      { additionalProperties: false },
    ),
    /** personal-data item -> whose; of an item that is not named, the one that the device has had since it was set up */
    of: Type.Optional(
      Type.Record(Type.String({ pattern: '^[a-z0-9]+(-[a-z0-9]+)*$' }), Subject, { additionalProperties: false }),
    ),
    /** personal-data item -> its fields, sealed to the party that the declaration names; `of` says whose */
    sealed: Type.Optional(
      Type.Record(Type.String({ pattern: '^[a-z0-9]+(-[a-z0-9]+)*$' }), SealedParcel, { additionalProperties: false }),
    ),
  },
  { additionalProperties: false },
);
export type TelemetryMessage = Static<typeof TelemetryMessage>;

/** A security event that the device reports; `kind` is one of its closed catalogue. */
export const EventMessage = Type.Object(
  {
    v: Type.Literal(1),
    seq: Type.Integer({ minimum: 0 }),
    at: Type.String(),
    kind: Type.String({ maxLength: 64 }),
    detail: Type.Record(Type.String(), Type.Union([Type.String({ maxLength: 200 }), Type.Number()])),
    /** its place among the reports; absent: sent because an operator asked for the log, or by a version without chain */
    place: Type.Optional(ReportPlace),
    /** of the first report of this chain that was ever sent: before the end of the set-up nothing leaves the home */
    since: Type.Optional(Type.Integer({ minimum: 0 })),
  },
  { additionalProperties: false },
);
export type EventMessage = Static<typeof EventMessage>;

/** Follows reports; a newer one says all that an older one said. */
export const SealMessage = Type.Object(
  { v: Type.Literal(1), seq: Type.Integer({ minimum: 0 }), seal: ReportSeal },
  { additionalProperties: false },
);
export type SealMessage = Static<typeof SealMessage>;
