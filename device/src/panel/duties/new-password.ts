import type { FastifyReply, FastifyRequest } from 'fastify';
import { withPassword, type Role } from '../../access/accounts.ts';
import { passwordRecord, SALT_BYTES } from '../../access/passwords/record.ts';
import type { PinRefusal } from '../../access/passwords/pin.ts';
import type { PasswordRefusal } from '../../access/passwords/rules.ts';
import type { SetupState } from '../../setup/decide.ts';
import { TROUBLE } from '../http/answers.ts';
import type { Desk } from '../desk.ts';
import { readState, writeStates } from '../documents.ts';
import { aloneIn } from './alone.ts';

type Refusal = PasswordRefusal | PinRefusal | 'pin-locked';

/** A person's new password: judged, hashed, written together with the end of every other session. */
export type PasswordJudgement =
  | { readonly kind: 'judged'; readonly refused: readonly Refusal[] }
  | { readonly kind: 'busy' };

export async function judgePassword(
  desk: Desk,
  account: string,
  password: string,
  repeat: string,
): Promise<PasswordJudgement> {
  const { parts, store, initialPassword, declaration, identity } = desk.context;
  const stored = readState(store, 'accounts').accounts.find((each) => each.name === account);
  const earlier = stored ? [stored.password, ...stored.previous] : [];
  // hashed one after the other: each costs memory
  const compared = await desk.hashing.run(async () => {
    const isInitial = await parts.verifyPassword(initialPassword, password);
    let isPrevious = false;
    for (const record of earlier) isPrevious = (await parts.verifyPassword(record, password)) || isPrevious;
    return { isInitial, isPrevious };
  });
  if (!compared.ok) return { kind: 'busy' };
  if (stored?.pin) {
    const { isPrevious } = compared.value;
    // EN 303 645 5.1-4: what a guardian has locked is for the guardian to change
    if (stored.pin.locked) return { kind: 'judged', refused: ['pin-locked'] };
    return { kind: 'judged', refused: parts.pinRules({ pin: password, repeat, isPrevious }) };
  }
  const { product, manufacturer } = declaration;
  const context = [
    account,
    readState(store, 'settings').name,
    product.model.designation,
    product.name.en,
    ...(product.name.ms === undefined ? [] : [product.name.ms]),
    manufacturer.name,
    identity.serial,
  ];
  return {
    kind: 'judged',
    refused: parts.passwordRules({ password, repeat, ...compared.value, context }, desk.passwordLimits),
  };
}

/** Takes effect at once: record, sessions and, in the set-up, its step, in one transaction. */
export async function setPassword(
  desk: Desk,
  request: FastifyRequest,
  reply: FastifyReply,
  change: { readonly account: string; readonly role: Role; readonly password: string; readonly setup?: SetupState },
): Promise<'done' | 'busy' | 'gone'> {
  const { store, random } = desk.context;
  const hashed = await desk.hashing.run(() => passwordRecord(change.password, random(SALT_BYTES), desk.cost));
  if (!hashed.ok) return 'busy';
  const accounts = withPassword(readState(store, 'accounts'), change.account, change.role, hashed.value);
  const alone = aloneIn(desk, request, change.account, 'password-changed');
  if (!alone) return 'gone';
  writeStates(store, { accounts, ...alone.states, ...(change.setup ? { setup: change.setup } : {}) });
  alone.tell(reply);
  desk.record('password-changed', { role: change.role });
  return 'done';
}

/** What a person hears where the password was not set. */
export const NOT_SET = { busy: TROUBLE.busy, gone: TROUBLE.logIn } as const;

/** The keys under which the pages say it. */
const REFUSAL_KEYS: Readonly<Record<Refusal | 'wrong-password', string>> = {
  'pin-shape': 'refused.pin-shape',
  'pin-easy': 'refused.pin-easy',
  'pin-date': 'refused.pin-date',
  'pin-locked': 'refused.pin-locked',
  'wrong-password': 'refused.wrong-password',
  'password-mismatch': 'refused.repeat-differs',
  'password-too-short': 'refused.too-short',
  'password-too-long': 'refused.too-long',
  'password-repeats': 'refused.run',
  'password-run': 'refused.run',
  'password-common': 'refused.common',
  'password-context': 'refused.contains-identity',
  'password-initial': 'refused.same-as-label',
  'password-unchanged': 'refused.same-as-before',
};
export const keysOf = (refused: readonly (Refusal | 'wrong-password')[]): readonly string[] => [
  ...new Set(refused.map((each) => REFUSAL_KEYS[each])),
];
