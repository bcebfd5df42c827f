import type { HttpAnswer, LoginProbe, SetUpField, SetUpPage, SetUpWalk } from '../../model.ts';
import { withCookies, type Cookies } from './cookies.ts';
import { inputsOffered, readForms, type HtmlForm, type HtmlInput } from './forms.ts';
import { originOf, type LoginRoom, type Mechanism } from './room.ts';

/**
 * Sets a unit up as a person would who has its label and the declaration: reads each page, fills the declared inputs
 * of its form, sends the hidden ones back, leaves every box as the page offers it. Pages are hostile input: the walk
 * stays on its origin, posts only forms of the set-up, and ends after a few pages.
 */
const MOST_PAGES = 12;
const MOST_REDIRECTS = 5;
type SetUp = NonNullable<Mechanism['setUp']>;

interface Errand {
  readonly room: LoginRoom;
  readonly service: string;
  readonly setUp: SetUp;
  /** where a form is posted that is a login, not a set-up */
  readonly login: string | undefined;
  readonly initial: string;
  readonly next: string | undefined;
}
interface Page {
  readonly url: URL;
  readonly answer: HttpAnswer;
  readonly cookies: Cookies;
}
type Ended = SetUpWalk['ended'];

export function createSetUp(room: LoginRoom): LoginProbe['setUp'] {
  return async (id, newPassword, state = 'factory-default') => {
    const refuse = (because: string) => ({ ok: false, because }) as const;
    const errand = errandTo(room, id, newPassword);
    if ('because' in errand) return refuse(errand.because);
    const { password, initialPassword } = room.target.accounts?.[id] ?? {};
    if (initialPassword === undefined || (password !== undefined && state !== 'reset')) {
      return refuse(`the target file does not give this unit as one in factory default`);
    }
    if (!room.target.authorisation.destructive) return refuse('the authorisation does not allow what cannot be undone');
    room.hand.budget.needFailedLogin();
    const walk = await walkOn(errand);
    // the initial password was asked for once more: it counts as a login that failed
    const asked = walk.pages.at(-1)?.asks ?? [];
    if (walk.ended === 'asked-again' && asked.includes('initial-password')) room.hand.budget.spendFailedLogin();
    return { ok: true, walk };
  };
}

/** Looks at the first page of the set-up, and sends nothing there. */
export function createLook(room: LoginRoom): LoginProbe['isDelivered'] {
  return async (id) => {
    const errand = errandTo(room, id, undefined);
    if ('because' in errand) return undefined;
    const page = await follow(errand, startOf(errand), {});
    if (typeof page === 'string') return undefined;
    const form = formOf(errand, page);
    return form !== undefined && asksOf(errand, form).length > 0;
  };
}

function errandTo(room: LoginRoom, id: string, next: string | undefined): Errand | { readonly because: string } {
  const mechanism = room.declaration.authenticationMechanisms.find((candidate) => candidate.id === id);
  if (mechanism?.setUp === undefined) return { because: `the declaration says not how a unit is set up with ${id}` };
  const service = mechanism.services.find((each) => isWeb(room, each));
  if (service === undefined) return { because: `the target file gives no web address for a service of ${id}` };
  const login = mechanism.login?.kind === 'form' ? mechanism.login.path : undefined;
  const initial = room.target.accounts?.[id]?.initialPassword ?? '';
  return { room, service, setUp: mechanism.setUp, login, initial, next };
}

const isWeb = (room: LoginRoom, service: string): boolean =>
  ['http', 'https'].includes(room.hand.endpoint(service)?.scheme ?? '');

async function walkOn(errand: Errand): Promise<SetUpWalk> {
  const pages: SetUpPage[] = [];
  const sent = new Set<SetUpField>();
  const filled = new Set<string>();
  let cookies: Cookies = {};
  const end = (ended: Ended): SetUpWalk => ({ pages, sent: [...sent], ended, session: { cookies, headers: {} } });

  let page = await follow(errand, startOf(errand), {});
  while (pages.length < MOST_PAGES) {
    if (typeof page === 'string') return end(page);
    cookies = page.cookies;
    const form = formOf(errand, page);
    const asks = form === undefined ? [] : asksOf(errand, form);
    const inputs = form === undefined ? [] : inputsOffered(page.answer.body, form);
    pages.push({ path: page.url.pathname, status: page.answer.status, asks, inputs, blob: page.answer.blob });
    if (form === undefined) return end(page.answer.status >= 400 ? 'refused' : 'nothing-asked');
    const names = visible(form)
      .map((input) => input.name)
      .sort()
      .join('\n');
    if (filled.has(names)) return end('asked-again');
    if (errand.next === undefined && asks.includes('new-password')) return end('new-password-asked');
    filled.add(names);
    for (const field of asks) sent.add(field);
    page = await submit(errand, page, form);
  }
  return end('lost');
}

const startOf = ({ room, service, setUp }: Errand): URL =>
  new URL(setUp.page, originOf(room, service)['origin'] ?? 'http://nowhere.invalid');

function submit(errand: Errand, page: Page, form: HtmlForm): Promise<Page | Ended> {
  const fields = new URLSearchParams();
  for (const input of form.inputs) {
    const value = valueOf(errand, input);
    if (value !== undefined) fields.append(input.name, value);
  }
  return follow(errand, actionOf(page, form), page.cookies, fields.toString());
}

/** One request, then GET wherever the answer leads on the same origin (RFC 9110, 15.4.4). */
async function follow(errand: Errand, to: URL, jar: Cookies, body?: string): Promise<Page | Ended> {
  const { room, service } = errand;
  const origin = startOf(errand).origin;
  let cookies = jar;
  let url = to;
  for (let hops = 0; hops <= MOST_REDIRECTS; hops += 1) {
    if (url.origin !== origin) return 'lost';
    const posts = hops === 0 && body !== undefined;
    const reached = await room.http.request(service, {
      method: posts ? 'POST' : 'GET',
      path: url.pathname + url.search,
      headers: {
        accept: 'text/html',
        ...(posts ? { 'content-type': 'application/x-www-form-urlencoded', ...originOf(room, service) } : {}),
      },
      cookies,
      ...(posts ? { body } : {}),
    });
    if (!reached.ok) return 'unreachable';
    const { answer } = reached;
    cookies = withCookies(cookies, answer.setCookie, room.clock.now());
    const location = answer.headers['location'];
    if (![301, 302, 303].includes(answer.status) || location === undefined) return { url, answer, cookies };
    if (!URL.canParse(location, url)) return 'lost';
    url = new URL(location, url);
  }
  return 'lost';
}

/**
 * The form of the set-up on this page: it is posted to the declared page or below it, or asks for a declared input.
 * A login form is none, nor are the forms of a product that is in use already.
 */
function formOf(errand: Errand, page: Page): HtmlForm | undefined {
  return readForms(page.answer.body).find((form) => {
    if (form.method !== 'post' || visible(form).length === 0 || !URL.canParse(form.action, page.url)) return false;
    const { pathname } = actionOf(page, form);
    const root = startOf(errand).pathname.replace(/\/$/, '');
    if (pathname === root || pathname.startsWith(`${root}/`)) return true;
    return pathname !== errand.login && asksOf(errand, form).length > 0;
  });
}

const actionOf = (page: Page, form: HtmlForm): URL => (form.action === '' ? page.url : new URL(form.action, page.url));

const UNSEEN = ['hidden', 'submit', 'button', 'image', 'reset', 'file'];
const visible = (form: HtmlForm): readonly HtmlInput[] =>
  form.inputs.filter((input) => input.name !== '' && !UNSEEN.includes(input.type));

function asksOf(errand: Errand, form: HtmlForm): readonly SetUpField[] {
  const fields = visible(form).map((input) => fieldOf(errand, input.name));
  return [...new Set(fields.filter((field) => field !== undefined))];
}

function fieldOf({ setUp }: Errand, name: string): SetUpField | undefined {
  if (name === setUp.fields.initialPassword) return 'initial-password';
  if (name === setUp.fields.password || name === setUp.fields.repeat) return 'new-password';
  return Object.hasOwn(setUp.others ?? {}, name) ? 'other' : undefined;
}

/** What is sent for an input; undefined where a browser would not send it. */
function valueOf(errand: Errand, input: HtmlInput): string | undefined {
  if (input.name === '') return undefined;
  if (input.type === 'hidden') return input.value;
  if (UNSEEN.includes(input.type)) return undefined;
  if (input.type === 'checkbox' || input.type === 'radio') {
    return 'checked' in input.attributes ? (input.attributes['value'] ?? 'on') : undefined;
  }
  switch (fieldOf(errand, input.name)) {
    case 'initial-password':
      return errand.initial;
    case 'new-password':
      return errand.next ?? '';
    case 'other':
      return errand.setUp.others?.[input.name] ?? '';
    case undefined:
      return input.value;
  }
}
