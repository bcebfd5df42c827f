import { Release } from '@hearthward/protocol';
import { Type, type Static } from 'typebox';
import { Choice, Notice, UpdateState } from '../state.ts';

/** What core and the updater say to each other; `boot` carries it between them and reads none of it. */

const strict = { additionalProperties: false } as const;
const Health = Type.Object({ apiUp: Type.Boolean(), storeOpens: Type.Boolean(), controlTicks: Type.Boolean() }, strict);

export const UpdatesView = Type.Object(
  {
    state: UpdateState,
    release: Type.Optional(Release),
    ended: Type.Optional(Notice),
    /** share of the download, 0 to 1 */
    progress: Type.Optional(Type.Number({ minimum: 0, maximum: 1 })),
  },
  strict,
);
export type UpdatesView = Static<typeof UpdatesView>;

const Wish = Type.Union([
  Type.Object({ kind: Type.Literal('initialised') }, strict),
  Type.Object({ kind: Type.Literal('check') }, strict),
  Type.Object({ kind: Type.Literal('agree'), digest: Type.String() }, strict),
  Type.Object({ kind: Type.Literal('postpone'), until: Type.Union([Type.Null(), Type.Integer()]) }, strict),
  Type.Object({ kind: Type.Literal('choose'), choice: Choice }, strict),
]);
export type Wish = Static<typeof Wish>;

export const ToUpdater = Type.Object(
  {
    to: Type.Literal('updater'),
    say: Type.Union([
      /** core has begun, and knows nothing yet */
      Type.Object({ kind: Type.Literal('look') }, strict),
      Type.Object({ kind: Type.Literal('wish'), id: Type.Integer(), wish: Wish }, strict),
      Type.Object({ kind: Type.Literal('feel'), health: Health }, strict),
      Type.Object({ kind: Type.Literal('trust'), anchors: Type.Array(Type.String(), { maxItems: 8 }) }, strict),
      Type.Object({ kind: Type.Literal('told'), id: Type.Integer() }, strict),
    ]),
  },
  strict,
);
export type ToUpdater = Static<typeof ToUpdater>;

export const OfUpdater = Type.Object(
  {
    to: Type.Literal('core'),
    say: Type.Union([
      Type.Object({ kind: Type.Literal('view'), view: UpdatesView }, strict),
      /** the view that a wish led to was said before */
      Type.Object({ kind: Type.Literal('done'), id: Type.Integer(), ok: Type.Boolean() }, strict),
      Type.Object({ kind: Type.Literal('notice'), id: Type.Integer(), notice: Notice }, strict),
    ]),
  },
  strict,
);
export type OfUpdater = Static<typeof OfUpdater>;
