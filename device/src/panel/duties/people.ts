import { roleOf } from '../../access/accounts.ts';
import type { HouseholdEvent, HouseholdRefusal } from '../../access/household/decide.ts';
import { passwordRecord, SALT_BYTES } from '../../access/passwords/record.ts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { wiping } from '../../secrets/wiping.ts';
import { TROUBLE } from '../http/answers.ts';
import type { Input } from '../http/validate.ts';
import { recordEnded, stepSessions, type Desk, type HttpFunction } from '../desk.ts';
import { readState, writeStates } from '../documents.ts';
import { peopleView, stepHousehold } from '../household.ts';
import { html, refuse } from '../visit.ts';
import { confirm, tooSoon } from './confirm.ts';
import { changed, valueOf, type Duty } from './duty.ts';
import { keysOf } from './new-password.ts';

/** What the owners do about the accounts of the others; each change asks for the password again. */

export const listPeople: Duty = async (desk, _declared, request, reply) =>
  html(reply, desk.context.parts.pages.peoplePage(peopleView(desk, request.visit)));

export const addAccount: Duty = (desk, declared, request, reply, input) =>
  afterConfirming(desk, declared, request, reply, input, async (name) => {
    const initial = madeUpPassword(desk.context.random);
    const password = await hashed(desk, initial);
    if (!password) return 'busy';
    const role = roleOf(valueOf(declared, input, 'account-role') ?? '');
    const changeWithin = desk.firstPasswordMs;
    const because = role ? stepHousehold(desk, { kind: 'add', name, role, password, changeWithin }) : 'no-such-account';
    if (because) return because;
    // shown in this answer and nowhere else: only its record is kept
    const view = peopleView(desk, request.visit, {
      given: { name, password: initial, hours: changeWithin / 3_600_000 },
    });
    return html(reply, desk.context.parts.pages.peoplePage(view));
  });

export const removeAccount: Duty = (desk, declared, request, reply, input) =>
  afterConfirming(desk, declared, request, reply, input, async (name, by) =>
    done(desk, declared, reply, { kind: 'remove', name, by }),
  );

export const changeRole: Duty = (desk, declared, request, reply, input) =>
  afterConfirming(desk, declared, request, reply, input, async (name, by) => {
    const role = roleOf(valueOf(declared, input, 'account-role') ?? '');
    return role ? done(desk, declared, reply, { kind: 'set-role', name, role, by }) : 'no-such-account';
  });

// EN 303 645 5.1-4, G044 6.1-d: a guardian sets what a child signs in with, and whether the child may change it
export const setPin: Duty = (desk, declared, request, reply, input) =>
  afterConfirming(desk, declared, request, reply, input, async (name) => {
    const pin = valueOf(declared, input, 'pin') ?? '';
    const refused = desk.context.parts.pinRules({ pin, repeat: pin, isPrevious: false });
    if (refused.length > 0) return { keys: keysOf(refused) };
    const password = await hashed(desk, pin);
    return password ? done(desk, declared, reply, { kind: 'set-pin', name, password }) : 'busy';
  });

export const lockPin: Duty = (desk, declared, request, reply, input) =>
  afterConfirming(desk, declared, request, reply, input, async (name) =>
    done(desk, declared, reply, {
      kind: 'lock-pin',
      name,
      locked: valueOf(declared, input, 'pin-locked') === 'on',
    }),
  );

export const endSessions: Duty = async (desk, declared, request, reply) => {
  const { session } = request.visit;
  if (!session) return refuse(desk, request.visit, reply, TROUBLE.logIn);
  const { store } = desk.context;
  const event = { kind: 'end-others-of-all', keep: session.id } as const;
  const { state, effects } = stepSessions(desk, readState(store, 'sessions'), event);
  writeStates(store, { sessions: state });
  recordEnded(desk, effects);
  return changed(declared, reply, 'signed-out-everywhere');
};

type Change = FastifyReply | HouseholdRefusal | 'busy' | { readonly keys: readonly string[] };

async function afterConfirming(
  desk: Desk,
  declared: HttpFunction,
  request: FastifyRequest,
  reply: FastifyReply,
  input: Input,
  change: (name: string, by: string) => Promise<Change>,
): Promise<FastifyReply> {
  const { visit } = request;
  const current = await confirm(desk, declared, request, reply, input);
  if (current === 'busy') return refuse(desk, visit, reply, TROUBLE.busy);
  if (typeof current === 'object') return tooSoon(desk, request, reply, current.waitSeconds);
  const again = (refused: readonly string[], status: number) =>
    html(reply, desk.context.parts.pages.peoplePage(peopleView(desk, visit, { refused })), status);
  // EN 303 645 5.5-5, G045 AU-1-2: a session alone changes nobody's rights
  if (current === 'wrong') return again(['refused.wrong-password'], 422);
  const name = (valueOf(declared, input, 'account-name') ?? '').normalize('NFC');
  const outcome = await change(name, visit.session?.account ?? '');
  if (outcome === 'busy') return refuse(desk, visit, reply, TROUBLE.busy);
  if (typeof outcome === 'string') return again([`refused.${outcome}`], 422);
  return 'keys' in outcome ? again(outcome.keys, 422) : outcome;
}

const done = (desk: Desk, declared: HttpFunction, reply: FastifyReply, event: HouseholdEvent): Change =>
  stepHousehold(desk, event) ?? changed(declared, reply, 'people-saved');

async function hashed(desk: Desk, password: string) {
  const outcome = await desk.hashing.run(() => passwordRecord(password, desk.context.random(SALT_BYTES), desk.cost));
  return outcome.ok ? outcome.value : undefined;
}

/** The alphabet of the labels: 32 letters and digits that are hard to mistake, 5 bits each. */
const ALPHABET = '23456789abcdefghijkmnpqrstuvwxyz';
const LETTERS = 16;

// EN 303 645 5.1-2, G044 6.1-b, G045 AU-1-1: 80 bits of the system's generator, for this account alone
function madeUpPassword(random: (bytes: number) => Uint8Array): string {
  const letters = wiping(random(LETTERS), (bytes) => Array.from(bytes, (byte) => ALPHABET[byte & 31] ?? ''));
  return [0, 4, 8, 12].map((at) => letters.slice(at, at + 4).join('')).join('-');
}
