import type { PanelContext } from '../context.ts';
import type { Desk } from '../desk.ts';
import { TROUBLE } from '../http/answers.ts';
import { updatesView } from '../update-view.ts';
import { html, refuse, type Visit } from '../visit.ts';
import { confirm, tooSoon } from './confirm.ts';
import { changed, type Duty } from './duty.ts';

/** What people do about updates: look now, install now, put off, choose what happens by itself. */

type Updates = NonNullable<PanelContext['updates']>;

/** Whoever may; the declared roles say who. A device without updates answers as one that cannot. */
const withUpdates =
  (work: (updates: Updates, ...rest: Parameters<Duty>) => ReturnType<Duty>): Duty =>
  async (desk, declared, request, reply, input) => {
    const { updates } = desk.context;
    if (!updates) return refuse(desk, request.visit, reply, TROUBLE.conflict);
    return work(updates, desk, declared, request, reply, input);
  };

// EN 303 645 5.3-3, 5.5-5, G044 6.3.3, G045 PL-2-1, AU-1-2: one press, by a role that may, who has just proven who they are
export const applyUpdate = withUpdates(async (updates, desk, declared, request, reply, input) => {
  const offered = updates.state();
  const { candidate } = offered;
  // what somebody was shown, and nothing that came since
  if (!candidate || candidate.image.number !== Number(input['number'])) {
    return refuse(desk, request.visit, reply, TROUBLE.conflict);
  }
  const confirmed = await confirm(desk, declared, request, reply, input);
  if (confirmed === 'busy') return refuse(desk, request.visit, reply, TROUBLE.busy);
  if (typeof confirmed === 'object') return tooSoon(desk, request, reply, confirmed.waitSeconds);
  if (confirmed === 'wrong')
    return html(reply, page(desk, { ...request.visit, refused: 'refused.wrong-password' }), 403);
  await updates.agree(candidate.image.digest);
  desk.record('setting-changed', { function: declared.id });
  return changed(declared, reply);
});

const HOUR = 3_600_000;

// EN 303 645 5.3-6, G044 6.3.6: put off until a time that the person chooses, at most as long as the form offers
export const postponeUpdate = withUpdates(async (updates, desk, declared, request, reply, input) => {
  if (!updates.state().candidate) return refuse(desk, request.visit, reply, TROUBLE.conflict);
  await updates.postpone(desk.now() + Number(input['hours']) * HOUR);
  desk.record('setting-changed', { function: declared.id });
  return changed(declared, reply, 'choices-saved');
});

export const checkUpdates = withUpdates(async (updates, _desk, declared, _request, reply) => {
  await updates.check();
  return changed(declared, reply);
});

// EN 303 645 5.3-6, G044 6.3.6: each kind by itself, installing and telling apart
export const chooseUpdates = withUpdates(async (updates, desk, declared, _request, reply, input) => {
  const on = (name: string): boolean => input[name] === 'on' || input[name] === true;
  await updates.choose({
    automatic: { security: on('automatic-security'), feature: on('automatic-feature') },
    notices: { security: on('notices-security'), feature: on('notices-feature') },
  });
  desk.record('setting-changed', { function: declared.id });
  return changed(declared, reply, 'choices-saved');
});

export const readUpdates: Duty = async (desk, _declared, request, reply) => html(reply, page(desk, request.visit));

const page = (desk: Desk, visit: Visit): string => desk.context.parts.pages.updatesPage(updatesView(desk, visit));
