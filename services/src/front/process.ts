import { type Static, Type } from 'typebox';
import type { FactoryBundle, Label } from '@hearthward/protocol';
import type { AlgorithmState } from '../enrolment/algorithms.ts';
import type { ServiceKeyState } from '../keys/rotate.ts';
import type { HeldAnswer } from '../operators/held.ts';
import { type ErasureAnswer, ErasureCommands } from '../privacy/erasure/commands.ts';
import { type PassedOn, PassSealed } from '../privacy/passing.ts';
import type { Listeners } from '../server.ts';
import type { RolloutStatus } from '../updates/rollout/status.ts';

/** What the process of the services and its parent say to each other over the IPC channel of `node:child_process`. */

/** `id` comes back with the answer. */
export const ToServices = Type.Union([
  Type.Object({
    type: Type.Literal('make-device'),
    id: Type.Optional(Type.Integer()),
    request: Type.Unknown(),
    operator: Type.Optional(Type.String()),
    batch: Type.Optional(Type.String()),
    address: Type.Optional(Type.String()),
  }),
  Type.Object({ type: Type.Literal('create-operator'), id: Type.Optional(Type.Integer()), name: Type.String() }),
  Type.Object({ type: Type.Literal('sample-passwords'), id: Type.Optional(Type.Integer()), n: Type.Integer() }),
  Type.Object({ type: Type.Literal('status'), id: Type.Optional(Type.Integer()) }),
  Type.Object({ type: Type.Literal('keys'), id: Type.Optional(Type.Integer()) }),
  Type.Object({
    type: Type.Literal('rotate-key'),
    id: Type.Optional(Type.Integer()),
    key: Type.String({ maxLength: 64 }),
    who: Type.String({ maxLength: 200 }),
    why: Type.String({ maxLength: 500 }),
    operator: Type.Optional(Type.String({ maxLength: 64 })),
  }),
  Type.Object({ type: Type.Literal('algorithms'), id: Type.Optional(Type.Integer()) }),
  Type.Object({
    type: Type.Literal('choose-algorithm'),
    id: Type.Optional(Type.Integer()),
    algorithm: Type.String({ maxLength: 64 }),
    /** absent: devices shall use it from now on; else from when on it is refused, milliseconds since the epoch */
    refuseFrom: Type.Optional(Type.Integer({ minimum: 0 })),
    who: Type.String({ minLength: 1, maxLength: 200 }),
  }),
  Type.Object({
    type: Type.Literal('begin-rollout'),
    id: Type.Optional(Type.Integer()),
    product: Type.String({ maxLength: 64 }),
    version: Type.String({ maxLength: 40 }),
    /** a `RolloutPlan`, read by who begins it */
    plan: Type.Unknown(),
    testers: Type.Array(Type.String({ maxLength: 64 }), { maxItems: 100 }),
    who: Type.String({ minLength: 1, maxLength: 200 }),
    why: Type.String({ maxLength: 500 }),
  }),
  Type.Object({
    type: Type.Literal('decide-rollout'),
    id: Type.Optional(Type.Integer()),
    act: Type.Union([Type.Literal('halt'), Type.Literal('approve'), Type.Literal('resume')]),
    product: Type.String({ maxLength: 64 }),
    version: Type.String({ maxLength: 40 }),
    who: Type.String({ minLength: 1, maxLength: 200 }),
    why: Type.String({ maxLength: 500 }),
  }),
  Type.Object({ type: Type.Literal('rollouts'), id: Type.Optional(Type.Integer()) }),
  Type.Object({
    type: Type.Literal('choose-lasting'),
    id: Type.Optional(Type.Integer()),
    /** of the next certificates of devices; absent: as long as ever */
    seconds: Type.Optional(Type.Integer({ minimum: 1 })),
    who: Type.String({ minLength: 1, maxLength: 200 }),
  }),
  /** all that is held of a device and of its people; who asks and why is on record first */
  Type.Object({
    type: Type.Literal('held'),
    id: Type.Optional(Type.Integer()),
    device: Type.String({ maxLength: 64 }),
    who: Type.String({ minLength: 1, maxLength: 200 }),
    why: Type.String({ maxLength: 500 }),
  }),
  ...ErasureCommands,
  PassSealed,
  Type.Object({ type: Type.Literal('stop'), id: Type.Optional(Type.Integer()) }),
]);
export type ToServices = Static<typeof ToServices>;

type Answer =
  | { readonly type: 'device-made'; readonly bundle: FactoryBundle; readonly label: Label }
  | { readonly type: 'operator-created'; readonly name: string; readonly password: string }
  | { readonly type: 'sample-passwords'; readonly csv: string }
  | {
      readonly type: 'status';
      readonly devices: number;
      readonly connected: number;
      readonly telemetryMessages: number;
    }
  | { readonly type: 'keys'; readonly keys: readonly ServiceKeyState[] }
  | { readonly type: 'key-rotated'; readonly key: string; readonly password?: string }
  | { readonly type: 'algorithms'; readonly algorithms: readonly AlgorithmState[] }
  | { readonly type: 'algorithm-chosen'; readonly algorithm: string }
  | { readonly type: 'rollout-decided'; readonly rollout: RolloutStatus; readonly unsigned?: string }
  | { readonly type: 'rollouts'; readonly rollouts: readonly RolloutStatus[] }
  | { readonly type: 'lasting-chosen'; readonly seconds: number }
  | HeldAnswer
  | PassedOn
  | ErasureAnswer
  | { readonly type: 'stopped' };

export type FromServices =
  | (Answer & { readonly id?: number })
  | {
      readonly type: 'ready';
      readonly site: string;
      readonly enrolment: string;
      readonly messages: string;
      readonly addresses: Listeners;
      readonly anchorsPem: string;
    }
  /** before the process ends with an exit code that is not 0 */
  | { readonly type: 'fault'; readonly code: string; readonly message: string };
