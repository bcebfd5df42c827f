import type { Declaration } from '@hearthward/product';
import type { Probe } from '../../model.ts';
import { hiddenInputs, unescapeHtml } from '../../observe/login/forms.ts';
import { overHttp } from '../access/subjects.ts';
import { patiently, readPage, shownPage, type ShownPage } from './shown.ts';

export const WHOLE = 'product';

/** Those whose keys are destroyed come last: nobody can sign in afterwards. */
export const inputsOf = ({ tamperInputs = [] }: Declaration) =>
  tamperInputs.toSorted((one, other) => Number(one.onTamper === 'zeroise') - Number(other.onTamper === 'zeroise'));

/** Opens what each input guards, and records what the product then says. */
export async function observeOpened(probe: Probe): Promise<void> {
  const { declaration, target } = probe;
  const page = shownPage(declaration, declaration.tamperShown?.function);
  if (page === undefined) return;
  // one that says nothing while it is whole has been seen enough of
  if (!(await look(probe, page, WHOLE, 'whole', (texts) => texts.includes(true)))) return;
  // whatever was told before is not of this
  await probe.manufacturer.alerted();
  for (const { id, watched, onTamper } of inputsOf(declaration)) {
    const way = target.handling?.openCase?.[id];
    if (way === undefined) continue;
    const off = watched.includes('off') && way.whileOff !== undefined;
    if (onTamper === 'zeroise') {
      if (await handled(probe, id, off ? 'opened-while-off' : 'opened')) await lookForKeys(probe, page, id);
      // whatever destroys keys leaves nothing for the next to be seen on
      return;
    }
    if (watched.includes('running') && (await handled(probe, id, 'opened'))) {
      if (!(await look(probe, page, id, 'opened'))) continue;
      if (target.alerted !== undefined) await lookForAlert(probe, id);
      if (await handled(probe, id, 'closed')) await look(probe, page, id, 'closed');
      if (!(await ended(probe, page))) continue;
    }
    if (off && (await handled(probe, id, 'opened-while-off'))) {
      await look(probe, page, id, 'opened-while-off');
      await ended(probe, page);
    }
  }
}

type When = 'whole' | 'opened' | 'closed' | 'opened-while-off';
const HANDS = { opened: 'open', closed: 'close', 'opened-while-off': 'whileOff' } as const;

async function handled(probe: Probe, id: string, what: keyof typeof HANDS): Promise<boolean> {
  const told = await probe.laboratory.openCase(id, HANDS[what]);
  probe.record('handled', id, { what, because: told.ok ? '' : told.because });
  return told.ok;
}

/** A device may connect late, so that a street whose power returns does not do so at once. */
const ALERT_SECONDS = 60;

/** Whether who made it was told, in time. */
async function lookForAlert(probe: Probe, id: string): Promise<void> {
  const told = await patiently(
    probe,
    () => probe.manufacturer.alerted(),
    ({ ok }) => ok,
    Math.max(probe.patienceSeconds, ALERT_SECONDS),
  );
  probe.record('alerted', id, { heard: told.ok });
}

/** Whether what was waited for stands there. */
async function look(
  probe: Probe,
  page: ShownPage,
  subject: string,
  when: When,
  enough = ([, tampered = false, named = false]: readonly boolean[]): boolean => tampered && named,
): Promise<boolean> {
  const { tamperShown, tamperInputs = [] } = probe.declaration;
  const its = tamperInputs.find(({ id }) => id === subject)?.shownAs ?? tamperShown?.tampered ?? '';
  const texts = [tamperShown?.untouched ?? '', tamperShown?.tampered ?? '', its];
  const seen = await readPage(probe, page, texts, enough);
  const [untouched = false, tampered = false, named = false] = seen.texts;
  probe.record('shown', subject, { when, read: seen.read, untouched, tampered, named }, seen.blobs);
  return seen.read && enough(seen.texts);
}

/** An owner says that they know of it, in the form as it stands there; whether the product is as before. */
async function ended(probe: Probe, page: ShownPage): Promise<boolean> {
  const { declaration, login, target, http } = probe;
  const by = declaration.externalFunctions.filter(overHttp).find(({ id }) => id === declaration.tamperShown?.endedBy);
  const session = await login.shared(page.guard.id);
  if (by === undefined || session === undefined) return false;
  const form = await http.request(by.service, {
    method: 'GET',
    path: by.request.page ?? by.request.path,
    headers: { ...session.headers, accept: 'text/html' },
    cookies: session.cookies,
  });
  if (!form.ok) return false;
  // what the page says of which alarm it is goes before the example of the declaration
  const hidden = hiddenInputs(form.answer.body, by.request.page ?? by.request.path, by.request.path);
  const fields = new Map(by.request.fields.map((field) => [field.name, field]));
  const own = Object.fromEntries(Object.entries(hidden).filter(([name]) => fields.has(name)));
  const secret = by.request.fields.find(({ role }) => role === 'current-password')?.name;
  const password = target.accounts?.[page.guard.id]?.password;
  const typed = secret !== undefined && password !== undefined ? { [secret]: password } : {};
  await login.call(by.id, session, { ...own, ...typed });
  const whole = await readPage(probe, page, [declaration.tamperShown?.untouched ?? ''], (texts) =>
    texts.includes(true),
  );
  return whole.texts.includes(true);
}

/** Whether somebody who opens it finds it as it was: by the password of before, and by what its first page says. */
async function lookForKeys(probe: Probe, page: ShownPage, id: string): Promise<void> {
  const { declaration, login } = probe;
  const { service } = page.function;
  const entry = declaration.userInterfaces.find((each) => each.service === service)?.entry ?? '/';
  const { blobs, ...told } = await patiently(
    probe,
    () => firstPage(probe, service, entry),
    ({ said }) => said,
  );
  login.forget(page.guard.id);
  const { kind } = await login.attempt(page.guard.id);
  probe.record('destroyed', id, { opens: kind === 'in' || kind === 'offered', ...told }, blobs);
}

/** Where a person without a login comes to. */
async function firstPage(probe: Probe, service: string, entry: string) {
  const said = probe.declaration.tamperShown?.zeroised;
  let path = entry;
  for (let steps = 0; steps < MOST_STEPS; steps += 1) {
    const reached = await probe.http.request(service, { method: 'GET', path, headers: { accept: 'text/html' } });
    if (!reached.ok) break;
    const { status, headers, body, blob } = reached.answer;
    const next = status >= 300 && status < 400 ? headers['location'] : undefined;
    if (next === undefined || !next.startsWith('/')) {
      return { reached: true, said: said !== undefined && unescapeHtml(body).includes(said), blobs: [blob] };
    }
    path = next;
  }
  return { reached: false, said: false, blobs: [] };
}
const MOST_STEPS = 4;
