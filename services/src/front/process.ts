import { type Static, Type } from 'typebox';
import type { FactoryBundle, Label } from '@hearthward/protocol';
import type { Listeners } from '../server.ts';

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
  | { readonly type: 'stopped' }
  | { readonly type: 'refused'; readonly code: string; readonly because: string };

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
