import { createHash, randomBytes, X509Certificate } from 'node:crypto';
import { DIGESTS, ErasureStatement, RequestId } from '@hearthward/protocol';
import { type AccountErasure, accountErasePage, accountErasuresPage, paths } from '@hearthward/web';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { Value } from 'typebox/value';
import { HOUR, iso } from '../../clock.ts';
import { HTML } from '../../front/headers.ts';
import type { ErasureProgress } from '../seams.ts';
import { devicesOf, type LinkedDevice } from './holdings.ts';
import { ACCOUNT, type Desk, refuse, statusOf } from './desk.ts';

/** Erasing one's own data, taking it back in time, following it, and what is signed in the end. */
export async function erasingRoutes(app: FastifyInstance, desk: Desk): Promise<void> {
  const { clock, erasures } = desk;
  const accountOf = (request: FastifyRequest): string => request.person?.account ?? '';

  const showErase = async (
    request: FastifyRequest,
    reply: FastifyReply,
    outcome: { readonly failed: boolean; readonly waitSeconds?: number },
  ) => {
    const devices = await devicesOf(desk, accountOf(request));
    return reply.type(HTML).send(
      accountErasePage({
        ...desk.frame(request, paths.account.erase),
        devices: devices.filter(({ isBlocked }) => !isBlocked),
        // no key: names an order, so that a form sent twice is one
        order: randomBytes(16).toString('base64url'),
        undoHours: undoHoursOf(devices),
        ...outcome,
      }),
    );
  };
  app.get(ACCOUNT + paths.account.erase, (request, reply) => showErase(request, reply, { failed: false }));

  // EN 303 645 5.11-2, TS 103 645 4.11-1, G044 6.11.2: from here, when the device is gone; by whoever has the code now
  // boundary account-erase: a person with a session -> EraseForm, at most 4096 bytes, else 400, 401, 409 or 429;
  // services/test/privacy/account.test.ts
  app.post(ACCOUNT + paths.account.erase, async (request, reply) => {
    const form = request.body;
    const account = accountOf(request);
    if (!Value.Check(EraseForm, form)) return refuse(request, reply, 400, 'error.bad-request');
    const checked = await desk.check(form.code, request.ip);
    if (!checked.ok || checked.account !== account) {
      const outcome = checked.ok ? {} : checked;
      return showErase(request, statusOf(reply, outcome), { failed: true, ...outcome });
    }
    const devices = await devicesOf(desk, account);
    const chosen = devices.filter(({ deviceId }) => form.scope === 'everything' || form.scope === deviceId);
    const subjects = chosen.flatMap((device) => device.subjects);
    const askedAt = clock.now();
    const asked = await erasures.ask({
      id: form.order,
      subjects,
      askedBy: { who: 'account', account },
      askedAt,
      undoUntil: askedAt + undoHoursOf(chosen) * HOUR,
    });
    if (asked === 'refused') return showErasures(request, reply.code(409), { kind: 'bad', key: 'refused.not-yours' });
    return reply.redirect(`${ACCOUNT}${paths.account.erasures}`, 303);
  });

  const showErasures = async (
    request: FastifyRequest,
    reply: FastifyReply,
    notice?: { readonly kind: 'good' | 'bad'; readonly key: string },
  ) => {
    const all = await erasures.ofAccount(accountOf(request));
    return reply.type(HTML).send(
      accountErasuresPage({
        ...desk.frame(request, paths.account.erasures),
        verifyPage: ACCOUNT + paths.account.verify,
        erasures: all.toSorted((a, b) => b.askedAt - a.askedAt).map(shownOf),
        ...(notice ? { notice } : {}),
      }),
    );
  };
  app.get(ACCOUNT + paths.account.erasures, (request, reply) => showErasures(request, reply));

  // boundary account-keep: a person with a session -> KeepForm, at most 4096 bytes, else 400 or 409;
  // services/test/privacy/account.test.ts
  app.post(ACCOUNT + paths.account.keep, async (request, reply) => {
    const form = request.body;
    if (!Value.Check(KeepForm, form)) return refuse(request, reply, 400, 'error.bad-request');
    const kept = await erasures.keep(form.order, { who: 'account', account: accountOf(request) });
    return kept === 'refused'
      ? showErasures(request, reply.code(409), { kind: 'bad', key: 'refused.too-late' })
      : showErasures(request, reply, { kind: 'good', key: 'happened.erasure-kept' });
  });

  app.get<{ Params: { id: string; n: string } }>(
    `${ACCOUNT}${paths.account.confirmation}/:id/:n`,
    async (request, reply) => {
      const own = await erasures.ofAccount(accountOf(request));
      const erasure = own.find(({ id }) => id === request.params.id);
      const confirmation = erasure?.confirmations[Number(request.params.n) - 1];
      if (!confirmation) return refuse(request, reply, 404, 'error.not-found');
      return reply
        .type('application/json; charset=utf-8')
        .header('content-disposition', 'attachment; filename="confirmation.json"')
        .send(`${JSON.stringify(confirmation, null, 2)}\n`);
    },
  );
}

const EraseForm = Type.Object({
  order: RequestId,
  scope: Type.String({ pattern: '^[A-Za-z0-9._-]{1,64}$' }),
  code: Type.String({ maxLength: 100 }),
});
const KeepForm = Type.Object({ order: RequestId });

/** As declared for one's own data; the longest where several products are concerned. */
const undoHoursOf = (devices: readonly LinkedDevice[]): number =>
  Math.max(
    0,
    ...devices.flatMap(({ declaration }) =>
      declaration.deletionFunctions.filter(({ scope }) => scope === 'own-data').map(({ undoHours = 0 }) => undoHours),
    ),
  );

const shownOf = (erasure: ErasureProgress): AccountErasure => ({
  id: erasure.id,
  askedAt: iso(erasure.askedAt),
  undoUntil: iso(erasure.undoUntil),
  state: erasure.state,
  places: placesOf(erasure),
  confirmations: erasure.confirmations.map(({ payload }) => kindIn(payload)),
});

/** As people see them, with who is later than they promised. */
export const placesOf = ({ places, late }: Pick<ErasureProgress, 'places' | 'late'>): AccountErasure['places'] =>
  places.map((each) => {
    const since = late.find(({ place }) => place === each.place)?.since;
    return { ...each, ...(since === undefined ? {} : { late: iso(since) }) };
  });

function kindIn(payload: string): ErasureStatement['kind'] {
  // no boundary: a statement that these services signed themselves
  const statement: unknown = JSON.parse(Buffer.from(payload, 'base64').toString('utf8'));
  return Value.Check(ErasureStatement, statement) ? statement.kind : 'erased';
}

/** SHA-256 of each certificate, lower-case hex. */
export const digestsOf = (pem: string): readonly string[] =>
  (pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []).map((each) =>
    createHash(DIGESTS.sha256.digest).update(new X509Certificate(each).raw).digest('hex'),
  );
