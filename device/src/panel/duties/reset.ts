import { paths } from '@hearthward/web';
import { TROUBLE } from '../http/answers.ts';
import { dropCookie, NOTICE_COOKIE, setCookie } from '../http/cookies.ts';
import type { Desk } from '../desk.ts';
import { readState, USER_ROOMS, writeStates } from '../documents.ts';
import { AFTERWARDS, ALSO_SERVICES, resetView } from '../views.ts';
import { addCookie, html, refuse, seeOther } from '../visit.ts';
import { confirm, tooSoon } from './confirm.ts';
import type { Duty } from './duty.ts';

export const factoryReset: Duty = async (desk, declared, request, reply, input) => {
  const { visit } = request;
  const current = await confirm(desk, declared, request, reply, input);
  if (current === 'busy') return refuse(desk, visit, reply, TROUBLE.busy);
  if (typeof current === 'object') return tooSoon(desk, request, reply, current.waitSeconds);
  // EN 303 645 5.5-5, G045 AU-1-2: what cannot be undone asks for the password again
  if (current === 'wrong') {
    const view = resetView(desk, visit, declared.id, ['refused.wrong-password']);
    return html(reply, desk.context.parts.pages.resetPage(view), 403);
  }
  const refused = (key: string) =>
    html(reply, desk.context.parts.pages.resetPage(resetView(desk, visit, declared.id, [key])), 409);
  const scrap = input[AFTERWARDS] === 'scrap';
  // a device that is to be nobody's is said to be, or not erased: nobody could say it later
  if (scrap && !desk.context.connection()) return refused('refused.scrap-unreachable');
  const asked =
    input[ALSO_SERVICES] === 'on' ? await desk.context.privacy.askToForget(visit.session?.account ?? '') : { id: null };
  if (asked === 'unreachable') return refused('refused.services-unreachable');
  await eraseEverything(desk, { asked: asked.id, scrap });
  addCookie(reply, dropCookie(desk.cookie));
  // EN 303 645 5.11-4, G044 6.11.4: people are told that it is done
  const done = asked.id === null ? 'erased' : 'erased-asked';
  addCookie(reply, setCookie(NOTICE_COOKIE, scrap ? 'erased-scrapped' : done));
  return seeOther(reply, paths.panel.setup);
};

/**
 * Erases everything that people have put in; whoever is at the device needs no password for it. The services hear that it was
 * reset.
 */
export async function eraseEverything(desk: Desk, last: LastWords = NONE): Promise<void> {
  const { store, parts } = desk.context;
  const { state, effects } = parts.setup(readState(store, 'setup'), { kind: 'reset', rooms: erasable(desk) });
  writeStates(store, { setup: state });
  const erased = effects.find((effect) => effect.kind === 'erase');
  await erase(desk, erased?.kind === 'erase' ? erased.rooms : [], last);
}

interface LastWords {
  /** number of a wish that the services have, and wait for the device's part of */
  readonly asked: string | null;
  /** its owner says that nobody is to use it again */
  readonly scrap: boolean;
}
const NONE: LastWords = { asked: null, scrap: false };

/** At start: a reset that a power cut interrupted goes on. */
export async function resumeReset(desk: Desk): Promise<void> {
  const { effects } = desk.context.parts.setup(readState(desk.context.store, 'setup'), {
    kind: 'started',
    rooms: erasable(desk),
  });
  for (const effect of effects) if (effect.kind === 'erase') await erase(desk, effect.rooms);
}

const erasable = (desk: Desk): readonly string[] => [...USER_ROOMS, ...(desk.context.eraseRooms ?? [])];

/** The step `resetting` stays on disk until all of it is gone. */
async function erase(desk: Desk, rooms: readonly string[], { asked, scrap }: LastWords = NONE): Promise<void> {
  const { store, onReset, parts, privacy, tamper } = desk.context;
  // EN 303 645 5.11-1, G044 6.11.1, G045 DS-1-4, DS-1-5: rooms of the panel first, then keys and the rest of the device
  store.erase(rooms);
  if (asked !== null) await privacy.tellGone(asked);
  if (!tamper?.keepsConnection()) await privacy.tellReset(scrap);
  await onReset();
  writeStates(store, { setup: parts.setup(readState(store, 'setup'), { kind: 'erased' }).state });
  desk.record('factory-reset', { rooms: rooms.length });
}
