import type { AuthenticationMechanism, Declaration } from '@hearthward/product';
import type { Probe } from '../../model.ts';
import { unescapeHtml } from '../../observe/login/forms.ts';
import { answered } from '../access/answers.ts';
import { guardOf, overHttp, type HttpFunction } from '../access/subjects.ts';

/** The page on which a product says what it found of its hardware. */
export interface ShownPage {
  readonly function: HttpFunction;
  readonly guard: AuthenticationMechanism;
}
export function shownPage(declaration: Declaration, id: string | undefined): ShownPage | undefined {
  const its = declaration.externalFunctions.filter(overHttp).find((each) => each.id === id);
  const guard = its && guardOf(declaration, its);
  return its && guard ? { function: its, guard } : undefined;
}

interface Read {
  readonly read: boolean;
  /** which of the texts that were asked for stand there */
  readonly texts: readonly boolean[];
  readonly blobs: readonly string[];
}

/** Looked at until it says `enough`, or patience is over: hardware may be tried after the page is there. */
export async function readPage(
  probe: Probe,
  page: ShownPage,
  texts: readonly string[],
  enough: (texts: readonly boolean[]) => boolean,
): Promise<Read> {
  return patiently(
    probe,
    async () => {
      const seen = await look(probe, page, texts);
      // a start may have ended the session
      if (!seen.read) probe.login.forget(page.guard.id);
      return seen;
    },
    (seen) => seen.read && enough(seen.texts),
  );
}

/** What was seen last. */
export async function patiently<Seen>(
  probe: Probe,
  see: () => Promise<Seen>,
  enough: (seen: Seen) => boolean,
  seconds = probe.patienceSeconds,
): Promise<Seen> {
  const times = Math.max(1, Math.ceil((seconds * 1000) / LOOK_EVERY_MS));
  for (let looked = 1; ; looked += 1) {
    const seen = await see();
    if (enough(seen) || looked >= times) return seen;
    await probe.clock.wait(LOOK_EVERY_MS);
  }
}
const LOOK_EVERY_MS = 500;

async function look(probe: Probe, page: ShownPage, texts: readonly string[]): Promise<Read> {
  const reached = await probe.login.call(page.function.id, await probe.login.shared(page.guard.id));
  const { success } = answered(page.function, reached);
  const body = reached.ok && success ? unescapeHtml(reached.answer.body) : '';
  return {
    read: success,
    texts: texts.map((text) => text !== '' && body.includes(text)),
    blobs: reached.ok ? [reached.answer.blob] : [],
  };
}
