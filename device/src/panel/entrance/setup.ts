import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { paths, type SetupView } from '@hearthward/web';
import { OWNER } from '../../access/accounts.ts';
import { setupPageOf } from '../../setup/decide.ts';
import { TROUBLE } from '../http/answers.ts';
import type { Field, Input } from '../http/validate.ts';
import type { Desk } from '../desk.ts';
import { readState } from '../documents.ts';
import { signInWithPassword } from './sign-in.ts';
import { judgePassword, keysOf, NOT_SET, setPassword } from '../duties/new-password.ts';
import { askedOf, choicesOf } from '../privacy/views.ts';
import { onSite } from '../views.ts';
import { frameOf, html, readFromOwnPage, refuse, seeOther, withFormCookie, type Visit } from '../visit.ts';

/** The set-up as a person goes through it: label password, own password, name and choices, done. */
// EN 303 645 5.12-1, TS 103 645 4.12-1, G044 6.12.1: few steps, each already on its safe side
export function addSetup(app: FastifyInstance, desk: Desk): void {
  const entrance = { config: { call: { kind: 'entrance' } } } as const;
  const { store } = desk.context;

  app.get(paths.panel.setup, entrance, (request, reply) => {
    const { session } = request.visit;
    if (readState(store, 'setup').step === 'initialised' && !session) return seeOther(reply, desk.login.page);
    return showSetup(desk, request.visit, reply);
  });

  // boundary set-up: anyone on the home network -> readForm, at most MAX_FORM_BYTES, else 400, or the page again;
  // testbed/test/hostile-inputs.test.ts
  app.post(paths.panel.setup, entrance, async (request, reply) => {
    const { visit } = request;
    const page = setupPageOf(readState(store, 'setup'), visit.session !== undefined);
    // once set up, there is nothing here any more, for anyone
    if (page === 4) return refuse(desk, visit, reply, visit.session ? TROUBLE.notFound : TROUBLE.logIn);
    const proven = readFromOwnPage(desk, request, 'form');
    if (!proven.ok) return refuse(desk, visit, reply, proven.trouble);
    if (proven.fields.get('step') !== String(page)) return showSetup(desk, visit, reply, ['refused.out-of-step']);
    const fields = new Map(proven.fields);
    for (const choice of choicesOf(desk, visit)) {
      // a box that is not ticked is not sent, and means no
      if (page === 3 && !fields.has(choice.id)) fields.set(choice.id, 'off');
    }
    const read = desk.context.parts.validate(FIELDS[page](desk), fields, 'form');
    if (!read.ok) {
      const named = page === 3 && read.because === 'name';
      return showSetup(desk, visit, reply, [named ? 'refused.name' : 'refused.value']);
    }
    return STEPS[page](desk, request, reply, read.value);
  });
}

const text = (name: string, minimum: number, maximum: number, secret: boolean): Field => ({
  name,
  type: 'string',
  minimum,
  maximum,
  secret,
  example: '',
});
const step = (value: string): Field => ({ name: 'step', type: 'choice', choices: [value], example: value });
/** The rules of a new password are the password rules' business; this only bounds what is hashed. */
const LONGEST = 256;
const LONGEST_NAME = 40;

const FIELDS: Readonly<Record<1 | 2 | 3, (desk: Desk) => readonly Field[]>> = {
  1: () => [step('1'), text('labelPassword', 0, LONGEST, true)],
  2: () => [step('2'), text('password', 0, LONGEST, true), text('repeat', 0, LONGEST, true)],
  3: (desk) => [
    step('3'),
    text('name', 1, LONGEST_NAME, false),
    ...askedOf(desk).map(({ id }): Field => ({
      name: id,
      type: 'choice',
      choices: ['on', 'off'],
      example: 'off',
    })),
  ],
};

type Step = (
  desk: Desk,
  request: FastifyRequest,
  reply: FastifyReply,
  input: Input,
) => FastifyReply | Promise<FastifyReply>;
const STEPS: Readonly<Record<1 | 2 | 3, Step>> = {
  1: async (desk, request, reply, input) => {
    const outcome = await signInWithPassword(desk, request, reply, OWNER, String(input['labelPassword']));
    if (outcome.kind === 'busy') return refuse(desk, request.visit, reply, TROUBLE.busy);
    if (outcome.kind !== 'failed' && outcome.kind !== 'throttled') return seeOther(reply, paths.panel.setup);
    const answer = desk.context.parts.loginAnswer(outcome, desk.login);
    if (answer.retryAfterSeconds !== undefined) reply.header('retry-after', String(answer.retryAfterSeconds));
    return showSetup(desk, request.visit, reply, ['refused.wrong-label-password'], answer.status);
  },
  2: async (desk, request, reply, input) => {
    const { visit } = request;
    const { session } = visit;
    const setup = desk.context.parts.setup(readState(desk.context.store, 'setup'), { kind: 'password-set' });
    if (!session || setup.effects.some((effect) => effect.kind === 'out-of-order')) {
      return showSetup(desk, visit, reply, ['refused.out-of-step']);
    }
    const password = String(input['password']);
    const judged = await judgePassword(desk, session.account, password, String(input['repeat']));
    if (judged.kind === 'busy') return refuse(desk, visit, reply, TROUBLE.busy);
    if (judged.refused.length > 0) return showSetup(desk, visit, reply, keysOf(judged.refused));
    const change = { account: session.account, role: session.role, password, setup: setup.state };
    const done = await setPassword(desk, request, reply, change);
    return done === 'done' ? seeOther(reply, paths.panel.setup) : refuse(desk, visit, reply, NOT_SET[done]);
  },
  3: async (desk, request, reply, input) => {
    const { store, parts, privacy } = desk.context;
    const setup = parts.setup(readState(store, 'setup'), { kind: 'choices-made' });
    if (setup.effects.some((effect) => effect.kind === 'out-of-order')) {
      return showSetup(desk, request.visit, reply, ['refused.out-of-step']);
    }
    // EN 303 645 6-2, G044 7-b: consent is what the person ticked, purpose by purpose
    const account = request.visit.session?.account ?? OWNER;
    const choices = Object.fromEntries(choicesOf(desk, request.visit).map(({ id }) => [id, input[id] === 'on']));
    const asking = { account, guardian: true };
    await privacy.decide(
      { asking, whose: account, choices, how: 'set-up', language: request.visit.language },
      { setup: setup.state, settings: { name: String(input['name']), consents: {} } },
    );
    desk.record('set-up-completed', {});
    return seeOther(reply, paths.panel.setup);
  },
};

async function showSetup(
  desk: Desk,
  given: Visit,
  reply: FastifyReply,
  refused: readonly string[] = [],
  status = refused.length > 0 ? 422 : 200,
): Promise<FastifyReply> {
  const { store, parts, declaration } = desk.context;
  const visit = withFormCookie(desk, given, reply);
  const page = setupPageOf(readState(store, 'setup'), visit.session !== undefined);
  const { setup: guide } = declaration.userInformation;
  const view = {
    ...frameOf(visit),
    step: page,
    minimumLength: desk.passwordLimits.minimumLength,
    maximumLength: desk.passwordLimits.maximumLength,
    choices: choicesOf(desk, visit),
    refused,
    // EN 303 645 5.6-2: who has not shown the label password is told nothing of the product
    ...(visit.session ? { name: declaration.product.name.en } : {}),
    ...(page === 4 && visit.session ? { user: visit.session.account } : {}),
    ...(page === 2 && visit.session ? { asNew: await asNewOf(desk) } : {}),
    // EN 303 645 5.12-2, G044 6.12.2: how it is set up securely, to read again and to print
    ...(page === 4 && visit.session && guide !== undefined ? { guideUrl: onSite(desk, guide) } : {}),
  };
  return html(reply, parts.pages.setupPage(view), status);
}

/** For who has shown the password on the label: what a device as new says of itself, and where the manufacturer says the rest. */
// EN 303 645 5.11-1, TS 103 645 4.11-1, G045 DS-1-5: who got it second-hand can check it before they put anything in
async function asNewOf(desk: Desk): Promise<NonNullable<SetupView['asNew']>> {
  const { declaration, possession, identity } = desk.context;
  const word = await possession?.();
  return {
    serial: identity.serial,
    softwareVersion: declaration.product.softwareVersion,
    supportUntil: declaration.support.until,
    ...(word === undefined ? {} : { checkUrl: `${onSite(desk, paths.check)}?word=${word}` }),
  };
}
