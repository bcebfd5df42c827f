import { readState, writeStates } from '../documents.ts';
import { mayCall, type Role } from '../../access/accounts.ts';
import type { Desk } from '../desk.ts';
import { TROUBLE } from '../http/answers.ts';
import { askedOf } from '../privacy/views.ts';
import { refuse } from '../visit.ts';
import { changed, type Duty, valueOf } from './duty.ts';

export const setName: Duty = async (desk, declared, _request, reply, input) => {
  const name = Object.values(input).find((value) => typeof value === 'string') ?? '';
  writeStates(desk.context.store, { settings: { ...readState(desk.context.store, 'settings'), name } });
  desk.record('setting-changed', { function: declared.id });
  return changed(declared, reply, 'name-saved');
};

// EN 303 645 6-3, G044 7-c: consent is withdrawn where it was given, and holds before the answer is out
export const setSharing: Duty = async (desk, declared, request, reply, input) => {
  const { visit } = request;
  const { session } = visit;
  if (!session) return refuse(desk, visit, reply, TROUBLE.logIn);
  const choices = Object.fromEntries(
    askedOf(desk)
      .filter(({ id }) => Object.hasOwn(input, id))
      .map(({ id }) => [id, input[id] === 'on' || input[id] === true]),
  );
  const refused = await desk.context.privacy.decide({
    asking: { account: session.account, guardian: isGuardian(desk, session.role) },
    whose: valueOf(declared, input, 'account-name') || session.account,
    choices,
    how: 'privacy-page',
    language: visit.language,
  });
  if (refused) {
    desk.record('access-refused', { because: refused });
    return refuse(desk, visit, reply, TROUBLE.notAllowed);
  }
  desk.record('setting-changed', { function: declared.id });
  return changed(declared, reply, 'choices-saved');
};

/** Who looks after the children: whoever may set what they sign in with. */
export const isGuardian = (desk: Desk, role: Role): boolean =>
  desk.functions.some((each) => each.purpose === 'set-pin' && mayCall(desk.table, role, each.id));
