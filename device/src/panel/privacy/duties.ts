import { ACCOUNT_CODE, accountOfCode } from '@hearthward/protocol';
import { paths } from '@hearthward/web';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { pictureOf } from '../../access/factors/picture.ts';
import { wiping } from '../../secrets/wiping.ts';
import { confirm, tooSoon } from '../duties/confirm.ts';
import { changed, type Duty, valueOf } from '../duties/duty.ts';
import type { Desk, HttpFunction } from '../desk.ts';
import { TROUBLE } from '../http/answers.ts';
import type { Notice } from '../http/cookies.ts';
import type { Input } from '../http/validate.ts';
import { peopleView } from '../household.ts';
import { html, refuse } from '../visit.ts';
import { myData, myTable } from './export.ts';
import { leavingView, receiptsView } from './receipts.ts';
import { eraseMineView, privacyView } from './views.ts';

/** What a person does about the data that the device and the manufacturer have of them. */

const HOUR = 3_600_000;

/** Hours in which an erasure by this function can be taken back, as declared. */
export const undoHoursOf = (desk: Desk, functionId: string): number =>
  desk.context.declaration.deletionFunctions.find((each) => each.function === functionId)?.undoHours ?? 0;

// EN 303 645 5.11-1, 5.11-2, 5.5-5, TS 103 645 4.11-2, G044 6.11.2, G045 AU-1-2: one press and the password again
const eraseMine: Duty = (desk, declared, request, reply, input) =>
  confirmed(desk, declared, request, reply, input, {
    refused: (keys, status) =>
      html(
        reply,
        desk.context.parts.pages.eraseMinePage(eraseMineView(desk, request.visit, declared.id, keys)),
        status,
      ),
    carryOut: async (account) => {
      const undo = input['when'] === 'now' ? 0 : undoHoursOf(desk, declared.id) * HOUR;
      const refused = await desk.context.privacy.erase(account, undo);
      // where each place is shown, and where it can be taken back
      return refused ? { refused: `refused.${refused}` } : { notice: 'data-erasing', page: paths.panel.privacy };
    },
  });

/** No password: what keeps data does no harm, and whoever finds the banner may be in a hurry. */
const keepMine: Duty = async (desk, declared, request, reply, input) => {
  const { session } = request.visit;
  if (!session) return refuse(desk, request.visit, reply, TROUBLE.logIn);
  const refused = await desk.context.privacy.keepData(String(input['id']), session.account);
  // whose it is that is not theirs to keep is not told
  if (refused) return refuse(desk, request.visit, reply, TROUBLE.conflict);
  return changed(declared, reply, 'data-kept');
};

// EN 303 645 6-2, G045 AU-1-5: an owner says who lives here; from then on the household’s data is not the owner’s
const setResident: Duty = (desk, declared, request, reply, input) =>
  confirmed(desk, declared, request, reply, input, {
    refused: (keys, status) =>
      html(reply, desk.context.parts.pages.peoplePage(peopleView(desk, request.visit, { refused: keys })), status),
    carryOut: async () => {
      const name = (valueOf(declared, input, 'account-name') ?? '').normalize('NFC');
      const refused = await desk.context.privacy.moveIn(name);
      return refused ? { refused: `refused.${refused}` } : { notice: 'people-saved' };
    },
  });

const makeCode: Duty = (desk, declared, request, reply, input) =>
  withCode(desk, declared, request, reply, input, async (account) => {
    const code = newCode(desk.context.random);
    const link = accountOfCode(code);
    if (!link) return { refused: 'refused.no-code' };
    await desk.context.privacy.link(account, link);
    const made = { code, picture: await pictureOf(code) };
    const view = privacyView(desk, request.visit, { made });
    return { reply: html(reply, desk.context.parts.pages.privacyPage(view), declared.success.status?.[0] ?? 200) };
  });

const useCode: Duty = (desk, declared, request, reply, input) =>
  withCode(desk, declared, request, reply, input, async (account) => {
    const link = accountOfCode(String(input['code']));
    if (!link) return { refused: 'refused.no-code' };
    await desk.context.privacy.link(account, link);
    return { notice: 'code-linked' };
  });

type Outcome =
  | { readonly refused: string }
  | { readonly notice: Notice; readonly page?: string }
  | { readonly reply: FastifyReply };

const withCode = (
  desk: Desk,
  declared: HttpFunction,
  request: FastifyRequest,
  reply: FastifyReply,
  input: Input,
  carryOut: (account: string) => Promise<Outcome>,
): Promise<FastifyReply> =>
  confirmed(desk, declared, request, reply, input, {
    refused: (keys, status) =>
      html(reply, desk.context.parts.pages.privacyPage(privacyView(desk, request.visit, { refused: keys })), status),
    carryOut,
  });

/** The one way of everything here that a session alone must not do. */
async function confirmed(
  desk: Desk,
  declared: HttpFunction,
  request: FastifyRequest,
  reply: FastifyReply,
  input: Input,
  does: {
    readonly refused: (keys: readonly string[], status: number) => FastifyReply;
    readonly carryOut: (account: string) => Promise<Outcome>;
  },
): Promise<FastifyReply> {
  const { visit } = request;
  if (!visit.session) return refuse(desk, visit, reply, TROUBLE.logIn);
  const current = await confirm(desk, declared, request, reply, input);
  if (current === 'busy') return refuse(desk, visit, reply, TROUBLE.busy);
  if (typeof current === 'object') return tooSoon(desk, request, reply, current.waitSeconds);
  if (current === 'wrong') return does.refused(['refused.wrong-password'], 403);
  const outcome = await does.carryOut(visit.session.account);
  if ('refused' in outcome) return does.refused([outcome.refused], 422);
  return 'reply' in outcome ? outcome.reply : changed(declared, reply, outcome.notice, outcome.page);
}

/** 5 bits of the system's generator for each sign. */
// G045 AU-1-1: 140 bits that open the account, and 40 by which it is called
function newCode(random: (bytes: number) => Uint8Array): string {
  const { alphabet, signs, group } = ACCOUNT_CODE;
  // key account-code
  const drawn = wiping(random(signs), (bytes) => Array.from(bytes, (byte) => alphabet[byte & 31] ?? ''));
  return Array.from({ length: signs / group }, (_, at) => drawn.slice(at * group, (at + 1) * group).join('')).join(' ');
}

const exportMine: Duty = async (desk, _declared, request, reply) =>
  reply
    .header('content-disposition', 'attachment; filename="my-data.json"')
    .type('application/json; charset=utf-8')
    .send(`${JSON.stringify(myData(desk, request.visit), null, 2)}\n`);
const exportTable: Duty = async (desk, _declared, request, reply) =>
  reply
    .header('content-disposition', 'attachment; filename="my-data.csv"')
    .type('text/csv; charset=utf-8')
    .send(myTable(desk, request.visit));
const readReceipts: Duty = async (desk, _declared, request, reply) =>
  html(reply, desk.context.parts.pages.receiptsPage(receiptsView(desk, request.visit)));
const readLeaving: Duty = async (desk, _declared, request, reply) =>
  html(reply, desk.context.parts.pages.leavingPage(leavingView(desk, request.visit)));

export const PRIVACY_DUTIES = {
  'erase-my-data': eraseMine,
  'keep-my-data': keepMine,
  'export-my-data': exportMine,
  'export-my-table': exportTable,
  'read-receipts': readReceipts,
  'read-leaving': readLeaving,
  'set-resident': setResident,
  'make-account-code': makeCode,
  'use-account-code': useCode,
} as const satisfies Readonly<Record<string, Duty>>;
