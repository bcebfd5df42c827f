import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PersonalData } from '@hearthward/product';
import { ACCOUNT_CODE, accountOfCode, type AccountLink, type PrivacyNews } from '@hearthward/protocol';
import fastify, { type FastifyInstance } from 'fastify';
import { useErrorPages } from '../../src/front/error-pages.ts';
import { useStrictHeaders } from '../../src/front/headers.ts';
import { silent } from '../../src/front/log.ts';
import { followed, openFollowers } from '../../src/privacy/account/followers.ts';
import type { Kept } from '../../src/privacy/account/holdings.ts';
import type { AccountParts } from '../../src/privacy/account/desk.ts';
import { accountRoutes } from '../../src/privacy/account/routes.ts';
import { openConsents } from '../../src/privacy/consents.ts';
import type { ErasureOrder, ErasureProgress } from '../../src/privacy/seams.ts';
import { openVault } from '../../src/privacy/vault/vault.ts';
import { openRequests } from '../../src/operators/requests/requests.ts';
import type { Registry } from '../../src/registry/devices.ts';
import { openStore } from '../../src/store/open.ts';
import { testClock } from '../bench.ts';
import { declarationOf } from '../declaration.ts';

/** A person's page before a real store and vault; what is kept and what is erased are in memory. */

/** a code that nobody has: nine groups of four */
export function newCode(): string {
  const signs = Array.from(randomBytes(ACCOUNT_CODE.signs), (byte) => ACCOUNT_CODE.alphabet[byte % 32] ?? 'a');
  return signs.join('').replaceAll(/(.{4})(?=.)/g, '$1-');
}
export const linkOf = (code: string): AccountLink => {
  const link = accountOfCode(code);
  if (!link) throw new Error('no code');
  return link;
};
export const newSubject = (): string => randomBytes(16).toString('base64url');

type Row = ReturnType<Kept['of']> extends AsyncIterable<infer Each> ? Each : never;

export async function accountBench() {
  const dir = mkdtempSync(join(tmpdir(), 'account-'));
  const clock = testClock();
  const store = await openStore(dir, clock);
  const vault = openVault({ folder: join(dir, 'privacy'), clock });
  const consents = await openConsents(store, vault);
  const rows: Row[] = [];
  const told: { readonly deviceId: string; readonly news: PrivacyNews['news'] }[] = [];
  const orders = new Map<string, ErasureProgress>();
  const declaration = declarationOf('hub', {
    personalData: [dataOf('climate', 'contract'), dataOf('presence', 'consent')],
    deletionFunctions: [
      {
        id: 'own',
        description: { en: 'Erase my data' },
        deletes: ['climate', 'presence'],
        where: ['device', 'services'],
        confirmation: 'signed',
        scope: 'own-data',
        undoHours: 24,
      },
    ],
  });
  const kept: Kept = {
    async held(subjects, { item }) {
      const days = rows
        .filter((row) => subjects.includes(row.subject) && row.item === item)
        .map(({ at }) => Math.floor(at / 86_400_000));
      return days.length === 0
        ? undefined
        : { count: days.length, firstDay: Math.min(...days), lastDay: Math.max(...days) };
    },
    async *of(subjects, { items }) {
      for (const row of rows.toReversed()) if (subjects.includes(row.subject) && items.includes(row.item)) yield row;
    },
  };
  const accountOf = (order: ErasureOrder) => (order.askedBy.who === 'account' ? order.askedBy.account : undefined);
  const ofAccount = async (account: string) => [...orders.values()].filter((order) => accountOf(order) === account);
  const followers = openFollowers({ store, clock, vault, ofAccount });
  const erasures = followed(
    {
      async ask(order) {
        const known = orders.get(order.id);
        if (known) return accountOf(known) === accountOf(order) ? known : 'refused';
        if (order.subjects.length === 0) return 'refused';
        const begun: ErasureProgress = { ...order, state: 'undo', places: [], late: [], confirmations: [] };
        orders.set(order.id, begun);
        await vault.block(order.subjects, true);
        return begun;
      },
      async keep(id, by) {
        const known = orders.get(id);
        if (!known || known.state !== 'undo' || by.who !== 'account' || accountOf(known) !== by.account)
          return 'refused';
        await vault.block(known.subjects, false);
        const next = { ...known, state: 'kept' } as const;
        orders.set(id, next);
        return next;
      },
      find: async (id) => orders.get(id),
      ofSubjects: async () => [],
      ofAccount,
      erasedHere: async () => undefined,
      goOn: async () => undefined,
    },
    followers,
  );
  const serials = new Map<string, string>();
  const registry: Pick<Registry, 'find' | 'list'> = {
    async find(deviceId) {
      const serial = serials.get(deviceId);
      return serial === undefined
        ? undefined
        : { deviceId, serial, productId: 'hub', epoch: 1, state: 'enrolled', madeAt: clock.now() };
    },
    list: async ({ search }) => {
      const ids = [...serials].filter(([, serial]) => serial.startsWith(search ?? '')).map(([id]) => id);
      return (await Promise.all(ids.map((id) => registry.find(id)))).flatMap((device) => device ?? []);
    },
  };
  const requests = openRequests({ store, clock, vault, registry, erasures });
  const parts: AccountParts = {
    requests,
    registry,
    store,
    clock,
    vault,
    consents,
    kept,
    erasures,
    followers,
    declarations: [declaration],
    news: { tell: async (deviceId, news) => void told.push({ deviceId, news }) },
    roots: () => '',
  };
  const app: FastifyInstance = fastify({ routerOptions: { maxParamLength: 64 } });
  useStrictHeaders(app);
  useErrorPages(app, silent);
  await app.register(accountRoutes, parts);
  await app.ready();

  return {
    app,
    requests,
    parts,
    clock,
    store,
    vault,
    registry,
    consents,
    rows,
    told,
    orders,
    followers,
    dir,
    /** a person at a device, with data of theirs */
    async person(deviceId: string, code = newCode()) {
      const subject = newSubject();
      serials.set(deviceId, `SN-${deviceId}`);
      const origin = { deviceId, epoch: 1, items: ['climate', 'presence'], account: linkOf(code) };
      await vault.begin(subject, origin);
      return { code, subject, deviceId, account: linkOf(code).account };
    },
    async end() {
      await app.close();
      await vault.close();
      await store.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
export type AccountBench = Awaited<ReturnType<typeof accountBench>>;

const dataOf = (id: string, legalBasis: 'contract' | 'consent'): PersonalData => ({
  id,
  name: { en: `Data of ${id}` },
  category: 'measurement',
  sensitive: false,
  purpose: { en: 'Show it' },
  legalBasis,
  processedBy: ['Example Appliances'],
  recipients: [],
  storedAt: ['services'],
  retentionDays: 30,
  communicatedOver: ['messages'],
});

/** A browser with its cookies. */
export function visitor({ app }: Pick<AccountBench, 'app'>, remoteAddress = '192.0.2.1') {
  const cookies = new Map<string, string>();
  const headers = () => ({ cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') });
  const keep = (answer: Awaited<ReturnType<FastifyInstance['inject']>>) => {
    for (const { name, value } of answer.cookies)
      if (value === '') cookies.delete(name);
      else cookies.set(name, value);
    return answer;
  };
  const get = async (url: string) => keep(await app.inject({ url, headers: headers(), remoteAddress }));
  const post = async (url: string, form: Record<string, string>, more: Record<string, string> = {}) =>
    keep(
      await app.inject({
        method: 'POST',
        url,
        remoteAddress,
        headers: { ...headers(), 'content-type': 'application/x-www-form-urlencoded', ...more },
        payload: new URLSearchParams(form).toString(),
      }),
    );
  const csrfOn = async (url: string) => /name="_csrf" value="([^"]+)"/.exec((await get(url)).body)?.[1] ?? '';
  return {
    cookies,
    get,
    post,
    csrfOn,
    signIn: async (code: string, more: Record<string, string> = {}) =>
      post('/account/sign-in', { _csrf: await csrfOn('/account/sign-in'), code }, more),
  };
}
