import type { FastifyReply, FastifyRequest } from 'fastify';
import { paths } from '@hearthward/web';
import { readRegistration, rpIdOf } from '../../access/factors/passkeys.ts';
import { ceremonyOf } from '../../access/factors/ceremony/decide.ts';
import { SECRET_BYTES, toBase32 } from '../../access/factors/totp.ts';
import { wiping } from '../../secrets/wiping.ts';
import { TROUBLE } from '../http/answers.ts';
import { NOTICE_COOKIE, setCookie, type Notice } from '../http/cookies.ts';
import type { Desk } from '../desk.ts';
import { readState } from '../documents.ts';
import type { Duty } from '../duties/duty.ts';
import { addCookie, frameOf, html, refuse, seeOther } from '../visit.ts';
import { begin, changeFactors, confirmed, personOf, showSecurity, take, type Changed } from './change.ts';
import { newCodeView } from './views.ts';

/** The forms of the page “Sign-in and security”: two steps from it each, the password with the first. */

const beginCode: Duty = async (desk, declared, request, reply, input) => {
  const read = await confirmed(desk, declared, request, reply, input);
  if (!read.ok) return read.answer;
  // RFC 4226 section 4, R6: 160 bits of the system's generator
  // key code: one for each person’s app
  const secret = wiping(desk.context.random(SECRET_BYTES), toBase32);
  begin(desk, { kind: 'begun', ceremony: { kind: 'new-code', holder: read.person.holder, secret } });
  return seeOther(reply, paths.panel.code);
};

const confirmCode: Duty = async (desk, _declared, request, reply, input) => {
  const person = personOf(desk, request);
  if (!person) return refuse(desk, request.visit, reply, TROUBLE.logIn);
  const asked = ceremonyOf(readState(desk.context.store, 'ceremonies'), person.holder, 'new-code', desk.now());
  const changed: Changed = asked
    ? changeFactors(desk, request, reply, person, {
        kind: 'code-confirmed',
        secret: asked.secret,
        code: String(input['code']).replaceAll(' ', ''),
      })
    : { kind: 'refused', because: 'unknown' };
  if (changed.kind === 'refused') {
    const view = await newCodeView(desk, request.visit, ['refused.wrong-code']);
    return html(reply, desk.context.parts.pages.newCodePage(view), 422);
  }
  take(desk, person.holder, 'new-code');
  return answer(desk, request, reply, changed, 'factor-added');
};

const beginPasskey: Duty = async (desk, declared, request, reply, input) => {
  const read = await confirmed(desk, declared, request, reply, input);
  if (!read.ok) return read.answer;
  if (rpIdOf(request.visit.host) === undefined) return showSecurity(desk, request, reply, ['refused.passkey'], 422);
  const challenge = Buffer.from(desk.context.random(32)).toString('base64url');
  const name = String(input['name']);
  begin(desk, { kind: 'begun', ceremony: { kind: 'new-passkey', holder: read.person.holder, challenge, name } });
  return seeOther(reply, paths.panel.passkey);
};

const confirmPasskey: Duty = async (desk, _declared, request, reply, input) => {
  const person = personOf(desk, request);
  if (!person) return refuse(desk, request.visit, reply, TROUBLE.logIn);
  const asked = take(desk, person.holder, 'new-passkey');
  const expected = asked && { challenge: asked.challenge, host: request.visit.host ?? '' };
  const read = expected && (await readRegistration(String(input['passkey']), expected));
  if (!asked || !read?.ok) return showSecurity(desk, request, reply, ['refused.passkey'], 422);
  const passkey = { ...read.made, name: asked.name, addedAt: desk.now(), cloned: false };
  const changed = changeFactors(desk, request, reply, person, { kind: 'passkey-confirmed', passkey });
  if (changed.kind === 'refused') {
    const key = changed.because === 'full' ? 'refused.passkeys-full' : 'refused.passkey-known';
    return showSecurity(desk, request, reply, [key], 422);
  }
  return answer(desk, request, reply, changed, 'factor-added');
};

const removeCode: Duty = async (desk, declared, request, reply, input) => {
  const read = await confirmed(desk, declared, request, reply, input);
  if (!read.ok) return read.answer;
  const changed = changeFactors(desk, request, reply, read.person, { kind: 'code-removed' });
  return answer(desk, request, reply, changed, 'factor-removed');
};

const removePasskey: Duty = async (desk, declared, request, reply, input) => {
  const read = await confirmed(desk, declared, request, reply, input);
  if (!read.ok) return read.answer;
  const event = { kind: 'passkey-removed', id: String(input['passkey']) } as const;
  return answer(desk, request, reply, changeFactors(desk, request, reply, read.person, event), 'factor-removed');
};

const renewRecovery: Duty = async (desk, declared, request, reply, input) => {
  const read = await confirmed(desk, declared, request, reply, input);
  if (!read.ok) return read.answer;
  const changed = changeFactors(desk, request, reply, read.person, { kind: 'renew-recovery' });
  return answer(desk, request, reply, changed, 'saved');
};

/** Codes are in the answer itself: nothing keeps them to be shown later. */
function answer(
  desk: Desk,
  request: FastifyRequest,
  reply: FastifyReply,
  changed: Changed,
  notice: Notice,
): FastifyReply {
  switch (changed.kind) {
    case 'gone':
      return refuse(desk, request.visit, reply, TROUBLE.logIn);
    case 'refused':
      return showSecurity(desk, request, reply, ['refused.other'], 422);
    case 'done':
      if (changed.codes) {
        const view = { ...frameOf(request.visit), codes: changed.codes };
        return html(reply, desk.context.parts.pages.recoveryCodesPage(view));
      }
      addCookie(reply, setCookie(NOTICE_COOKIE, notice));
      return seeOther(reply, paths.panel.security);
  }
}

/** By the id of the declared function. */
export const FACTOR_DUTIES = {
  'begin-code': beginCode,
  'confirm-code': confirmCode,
  'remove-code': removeCode,
  'begin-passkey': beginPasskey,
  'confirm-passkey': confirmPasskey,
  'remove-passkey': removePasskey,
  'renew-recovery-codes': renewRecovery,
} as const satisfies Readonly<Record<string, Duty>>;
