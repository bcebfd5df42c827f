import { Type, type Static } from 'typebox';
import type { LoginSession, Probe, SetUpWalk } from '../../model.ts';
import { inputsOffered, readForms, type OfferedInput } from '../../observe/login/forms.ts';
import { pageOf } from '../pages/reading.ts';
import { says } from '../pages/wording.ts';
import type { Choice } from './choices.ts';

/** How people are asked: the input of one choice as a page offers it. */
export const Offered = Type.Object(
  {
    where: Type.Union([Type.Literal('set-up'), Type.Literal('page')]),
    /** `hidden`, `checkbox`, …; `none` where the page has no input for it */
    type: Type.String(),
    /** what it stands at says yes */
    yes: Type.Boolean(),
    required: Type.Boolean(),
  },
  { additionalProperties: false },
);
export type Offered = Static<typeof Offered>;

/** Whether the page says which data it is, and what for. */
export const Explained = Type.Object(
  { found: Type.Union([Type.Literal('there'), Type.Literal('similar'), Type.Literal('missing')]) },
  { additionalProperties: false },
);

export function offeredAtSetUp(choice: Choice, { pages }: SetUpWalk): Offered | undefined {
  const name = choice.control.atSetUp ?? choice.control.field;
  const inputs = pages.flatMap((page) => page.inputs).filter((input) => input.name === name);
  return inputs.length === 0 ? undefined : { where: 'set-up', ...standing(choice, inputs) };
}

/** The page from which it is decided later, as it stands now; undefined where no page is declared. */
export async function offeredOnPage(
  probe: Probe,
  choice: Choice,
  session: LoginSession,
): Promise<
  | { readonly offered: Offered; readonly found: 'there' | 'similar' | 'missing'; readonly blobs: readonly string[] }
  | undefined
> {
  const { page, path } = choice.change.request;
  if (page === undefined) return undefined;
  const reached = await probe.http.request(choice.change.service, {
    method: 'GET',
    path: page,
    headers: { ...session.headers, accept: 'text/html', 'accept-language': 'en' },
    cookies: session.cookies,
  });
  if (!reached.ok) return undefined;
  const { body } = reached.answer;
  const form = readForms(body).find(({ action }) => action === '' || action.split('?')[0] === path);
  const inputs = form === undefined ? [] : inputsOffered(body, form);
  const mine = inputs.filter(({ name }) => name === choice.control.field);
  const offered: Offered =
    mine.length === 0
      ? { where: 'page', type: 'none', yes: false, required: false }
      : { where: 'page', ...standing(choice, mine) };
  const { text } = pageOf(page, reached);
  const item = probe.declaration.personalData.find(({ id }) => id === choice.item);
  const found = item === undefined ? 'missing' : says(text, item.purpose);
  return { offered, found, blobs: [reached.answer.blob] };
}

function standing({ control }: Choice, inputs: readonly OfferedInput[]): Omit<Offered, 'where'> {
  const saysYes = ({ type, value, chosen }: OfferedInput): boolean =>
    chosen && (type === 'checkbox' || value === control.given);
  return {
    type: inputs.every(({ type }) => type === 'hidden') ? 'hidden' : (inputs[0]?.type ?? 'none'),
    yes: inputs.some(saysYes),
    required: inputs.some(({ type, required }) => type === 'checkbox' && required),
  };
}
