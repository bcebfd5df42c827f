import { paths, rolloutsPage, type RolloutsView } from '@hearthward/web';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { Value } from 'typebox/value';
import { HTML } from '../front/headers.ts';
import type { RolloutRefusal } from '../updates/rollout/driver.ts';
import { BASE, type ConsoleParts, DEVICE_COOKIE, frameOf } from './console.ts';

/** Rollouts of all products; the caller has made sure of a session and of its form. */
export async function updateRoutes(app: FastifyInstance, { rollouts, accounts }: ConsoleParts): Promise<void> {
  const show = async (
    request: FastifyRequest,
    reply: FastifyReply,
    notice?: RolloutsView['notice'],
  ): Promise<FastifyReply> => {
    const frame = frameOf(request, BASE + paths.console.updates);
    const view = { ...frame, rollouts: await rollouts.list(), ...(notice ? { notice } : {}) };
    return reply.type(HTML).send(rolloutsPage(view));
  };

  app.get(BASE + paths.console.updates, (request, reply) => show(request, reply));

  for (const act of ['halt', 'approve', 'resume'] as const)
    // boundary console-rollout: an operator who has signed in -> ActForm, at most 4096 bytes, else 400;
    // services/test/rollouts-page.test.ts
    app.post<{ Params: { product: string; version: string } }>(
      `${BASE}${paths.console.updates}/:product/:version/${act}`,
      async (request, reply) => {
        const form = request.body;
        const who = request.operator?.operator ?? '';
        if (!Value.Check(ActForm, form))
          return show(request, reply.code(422), { kind: 'bad', key: 'refused.no-reason' });
        // G045 AU-1-2, PL-2-1: what stops or starts a fleet's updates is done by who knows the password now, not by who found a session open
        const known = await accounts.check(who, form.password, {
          source: request.ip,
          device: request.cookies[DEVICE_COOKIE],
        });
        if (!known.ok) {
          const [status, key] =
            known.code === 'throttled'
              ? ([429, 'refused.rollout-wait'] as const)
              : ([403, 'refused.rollout-password'] as const);
          return show(request, reply.code(status), { kind: 'bad', key });
        }
        const { product, version } = request.params;
        const decided = await rollouts.decide({ product, version, act, who, why: form.reason });
        if (!decided.ok) return show(request, reply.code(409), { kind: 'bad', key: REFUSED[decided.code] });
        return show(
          request,
          reply,
          decided.unsigned === undefined
            ? { kind: 'good', key: 'happened.rollout-decided' }
            : { kind: 'bad', key: 'happened.rollout-unsigned' },
        );
      },
    );
}

const ActForm = Type.Object({
  reason: Type.String({ minLength: 10, maxLength: 200 }),
  password: Type.String({ maxLength: 256 }),
});

const REFUSED: Readonly<Record<RolloutRefusal, Extract<NonNullable<RolloutsView['notice']>['key'], string>>> = {
  'no-reason': 'refused.no-reason',
  'rollout-unknown': 'refused.rollout-unknown',
  'not-waiting': 'refused.not-waiting',
  'not-halted': 'refused.not-halted',
  'halted-already': 'refused.halted-already',
  'second-person': 'refused.second-person',
  'still-failing': 'refused.still-failing',
  // of beginning one, which the console does not do
  'plan-refused': 'refused.other',
  'release-unknown': 'refused.other',
  'tester-unknown': 'refused.other',
  'rollout-there': 'refused.other',
};
