import { Type, type Static } from 'typebox';
import type { AuthenticationMechanism, Declaration } from '@hearthward/product';
import type { LoginSession, Probe } from '../../../model.ts';
import { filled } from '../../access/accounts/lent.ts';
import { Answered, answered, blobsOf, valueAt } from '../../access/answers.ts';
import { signIn } from '../../access/signing-in.ts';
import { guardOf, overHttp, type HttpFunction } from '../../access/subjects.ts';
import { markerFor, type Field, type Marker } from './markers.ts';

/** Puts markers where a person would put personal data, by the declared functions, and the old values back. */
export const Planted = Type.Object(
  {
    function: Type.String(),
    field: Type.String(),
    answer: Answered,
    /** the product shows the marker afterwards */
    shown: Type.Boolean(),
  },
  { additionalProperties: false },
);
export type Planted = Static<typeof Planted>;

/** A field of a function in which personal data is put into the product. */
export interface Bed {
  readonly item: string;
  readonly each: HttpFunction;
  readonly field: Field;
}

export const bedsOf = (declaration: Declaration): readonly Bed[] =>
  declaration.externalFunctions
    .filter(overHttp)
    .flatMap((each) =>
      each.request.fields.flatMap((field) =>
        field.personalData === undefined ? [] : [{ item: field.personalData, each, field }],
      ),
    );

export interface Plant extends Bed {
  readonly marker: Marker;
  readonly put: () => Promise<void>;
  /** false where the product does not show the old state again */
  readonly takeBack: () => Promise<boolean>;
}
export interface Inside {
  readonly mechanism: AuthenticationMechanism;
  readonly session: LoginSession;
  readonly password: string;
}

/** A login for each mechanism that guards a bed; what cannot be entered is recorded. */
export async function enter(probe: Probe, beds: readonly Bed[]): Promise<readonly Inside[]> {
  const inside: Inside[] = [];
  for (const mechanism of new Set(beds.flatMap(({ each }) => guardOf(probe.declaration, each) ?? []))) {
    const password = probe.target.accounts?.[mechanism.id]?.password;
    const into = password === undefined ? undefined : await signIn(probe, mechanism);
    if (password !== undefined && into?.kind === 'in') inside.push({ mechanism, session: into.session, password });
    else probe.record('blocked', mechanism.id, { because: 'the target file gives no account that comes in' });
  }
  return inside;
}

/** A reason in words where nothing can be planted there, or could not be put back. */
export async function prepare(probe: Probe, bed: Bed, { session, password }: Inside): Promise<Plant | string> {
  const { item, each, field } = bed;
  const rest = each.request.fields.filter(({ name, role }) => name !== field.name && !UNDERSTOOD.has(role ?? ''));
  if (rest.length > 0) return `${each.id} asks for ${rest[0]?.name}, which could not be put back`;
  const undoing = removerOf(probe.declaration, each);
  if (undoing === undefined && each.readBack === undefined)
    return `${each.id} says not where its value is read, so that it could not be put back`;
  const look = async (): Promise<string | undefined> =>
    each.readBack && bodyField(await probe.login.call(each.readBack.function, session), each.readBack.field);
  const lists = async (): Promise<string> => {
    const shows = probe.declaration.externalFunctions.find(
      ({ purpose, service }) => purpose === 'list-accounts' && service === each.service,
    );
    const reached = shows && (await probe.login.call(shows.id, session));
    return reached?.ok === true ? reached.answer.body : '';
  };
  const before = undoing === undefined ? await look() : undefined;
  if (undoing === undefined && before === undefined) return `${each.readBack?.function} does not show ${field.name}`;
  const made = markerFor(item, field, before);
  if (!made.ok) return made.because;
  const { marker } = made;
  const send = (value: string | number) =>
    probe.login.call(each.id, session, { ...filled(each, 'current-password', password), [field.name]: value });
  const shows = async (value: string): Promise<boolean> =>
    undoing === undefined ? same(await look(), value) : (await lists()).includes(value);
  return {
    ...bed,
    marker,
    put: async () => {
      const reached = await send(marker.value);
      const answer = answered(each, reached);
      const shown = await shows(String(marker.value));
      probe.record('planted', item, { function: each.id, field: field.name, answer, shown }, blobsOf(reached));
    },
    takeBack: async () => {
      if (undoing === undefined) {
        await send(before ?? '');
        return shows(before ?? '');
      }
      await probe.login.call(undoing.id, session, {
        ...filled(undoing, 'account-name', String(marker.value)),
        ...filled(undoing, 'current-password', password),
      });
      const left = await lists();
      return left !== '' && !left.includes(String(marker.value));
    },
  };
}

/** Fields that an example or the account's password fills, without changing what anybody has set. */
const UNDERSTOOD: ReadonlySet<string> = new Set(['current-password', 'account-role']);

const removerOf = (declaration: Declaration, { purpose, service }: HttpFunction): HttpFunction | undefined =>
  purpose === 'add-account'
    ? declaration.externalFunctions
        .filter(overHttp)
        .find((each) => each.purpose === 'remove-account' && each.service === service)
    : undefined;

const bodyField = (reached: Awaited<ReturnType<Probe['login']['call']>>, field: string): string | undefined =>
  reached.ok ? valueAt(reached.answer.body, field) : undefined;

const same = (shown: string | undefined, value: string): boolean =>
  shown === value || (shown !== undefined && shown !== '' && Number(shown) === Number(value));
