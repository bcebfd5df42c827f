import assert from 'node:assert/strict';
import { createPrivateKey } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { signPossession } from '@hearthward/protocol';
import fastify, { type FastifyInstance } from 'fastify';
import { type KyselyPlugin, SelectQueryNode, type RootOperationNode } from 'kysely';
import { useErrorPages } from '../../src/front/error-pages.ts';
import { useStrictHeaders } from '../../src/front/headers.ts';
import { silent } from '../../src/front/log.ts';
import { openFollowers } from '../../src/privacy/account/followers.ts';
import { accountRoutes } from '../../src/privacy/account/routes.ts';
import { checkRoute } from '../../src/publications/check.ts';
import type { Store } from '../../src/store/open.ts';
import { makeKeys, selfSigned } from '../bench.ts';
import { type AccountBench, accountBench, newCode, visitor } from './account-bench.ts';

/**
 * EN 303 645 5.1-3, G045 AU-2-3, DS-1-5: whoever brings a code, a number or a word that opens nothing is answered alike and after
 * the same work, whether the person lives, is erased, has ended the account, or never was. Work is counted, not timed.
 */

type Answer = Awaited<ReturnType<FastifyInstance['inject']>>;

describe('who asks about a person and has no right to', () => {
  let b: AccountBench;
  let app: FastifyInstance;
  /** what was done since it was emptied: calls of the vault and of whoever follows, and statements of the store by table */
  const work: string[] = [];
  const codes: Record<string, string> = {};
  let codeOfBystander = '';
  before(async () => {
    b = await accountBench();
    const { parts } = b;
    const store = countedStore(b.store);
    const followers = openFollowers({ store, clock: b.clock, vault: b.vault, ofAccount: parts.erasures.ofAccount });
    const counted = {
      ...parts,
      store,
      vault: countedCalls('vault', parts.vault),
      followers: countedCalls('followers', followers),
      requests: countedCalls('requests', parts.requests),
    };
    app = fastify({ routerOptions: { maxParamLength: 64 } });
    useStrictHeaders(app);
    useErrorPages(app, silent);
    checkRoute(app, counted);
    await app.register(accountRoutes, counted);
    await app.ready();
    const [living, followed, gone, ended] = [
      await b.person('living'),
      await b.person('followed'),
      await b.person('gone'),
      await b.person('ended'),
    ];
    for (const { subject } of [followed, gone]) {
      await b.followers.keep([subject]);
      await b.vault.end([subject], 'e'.repeat(22));
    }
    await b.followers.forget(gone.account);
    await b.vault.unlink(ended.account);
    ({ code: codeOfBystander } = await b.person('bystander'));
    Object.assign(codes, {
      'a wrong code of who lives': wrong(living.code),
      'a wrong code of who is erased and follows it': wrong(followed.code),
      'a code of who was erased': gone.code,
      'a code of an account that was ended': ended.code,
      'a code of nobody': newCode(),
      'no code': 'no code',
      nothing: '',
    });
  });
  after(async () => {
    await app.close();
    await b.end();
  });

  const countedCalls = <Part extends object>(name: string, part: Part): Part =>
    new Proxy(part, {
      get: (target, key) => {
        const found: unknown = Reflect.get(target, key);
        if (typeof found !== 'function') return found;
        return (...given: unknown[]): unknown => {
          work.push(`${name}.${String(key)}`);
          return Reflect.apply(found, target, given) as unknown;
        };
      },
    });
  const plugin: KyselyPlugin = {
    transformQuery: ({ node }) => (work.push(`${node.kind} ${tableIn(node)}`), node),
    transformResult: async ({ result }) => result,
  };
  const countedStore = (store: Store): Store => ({
    ...store,
    db: store.db.withPlugin(plugin),
    transaction: (each) => store.transaction((tx) => each(tx.withPlugin(plugin))),
  });
  let lastAddress = 0;
  /** from an address of their own, so that no counter of another one is met */
  const someone = () => visitor({ app }, `203.0.113.${(lastAddress += 1)}`);
  const outcome = ({ statusCode, headers, body }: Answer) => {
    const { date: _date, 'set-cookie': _cookie, ...rest } = headers;
    return { status: statusCode, headers: rest, body: body.replaceAll(/name="(_csrf|order)" value="[^"]+"/g, '') };
  };
  /** All alike, in what is answered and in what was done for it; answers the one status. */
  const alike = async (ask: (code: string) => Promise<() => Promise<Answer>>): Promise<number> => {
    const seen = new Map<string, unknown>();
    for (const [which, code] of Object.entries(codes)) {
      const send = await ask(code);
      work.length = 0;
      seen.set(which, { ...outcome(await send()), work: [...work] });
    }
    const [[, first] = assert.fail('there was nobody')] = seen;
    assert.ok(work.length > 0, 'and work was seen');
    for (const [which, each] of seen) assert.deepEqual(each, first, which);
    return (first as { readonly status: number }).status;
  };
  /** Signed in as somebody who is none of these. */
  const bystander = async () => {
    const browser = someone();
    assert.equal((await browser.signIn(codeOfBystander)).statusCode, 303);
    return browser;
  };

  it('signs-in-with-none-of-their-codes', async () => {
    const status = await alike(async (code) => {
      const browser = someone();
      const csrf = await browser.csrfOn('/account/sign-in');
      return () => browser.post('/account/sign-in', { _csrf: csrf, code });
    });
    assert.equal(status, 401);
  });

  for (const [what, form] of [
    ['erase', { order: 'o'.repeat(22), scope: 'everything' }],
    ['end', {}],
  ] as const)
    it(`cannot-${what}-anything-with-any-of-them-beside-a-session-of-their-own`, async () => {
      const status = await alike(async (code) => {
        const browser = await bystander();
        const csrf = await browser.csrfOn(`/account/${what}`);
        return () => browser.post(`/account/${what}`, { ...form, _csrf: csrf, code });
      });
      assert.equal(status, 401);
      assert.equal(b.orders.size, 0);
    });

  it('proves-no-request-with-any-of-them-nor-one-that-there-is-not', async () => {
    const law = { kind: 'erasure', law: 'gdpr', via: 'letter' } as const;
    const id = await b.requests.create({ ...law, receivedAt: b.clock.now(), by: 'alice' });
    for (const [number, status] of [
      [id, 401],
      ['zzzzzzzz22222222', 404],
    ] as const) {
      const answered = await alike(async (code) => {
        const browser = someone();
        const csrf = await browser.csrfOn('/account/request');
        return () => browser.post('/account/request/prove', { _csrf: csrf, number, code });
      });
      assert.equal(answered, status);
    }
    assert.equal((await b.requests.find(id))?.identified, undefined);
  });

  it('checks-no-device-by-a-word-that-its-key-has-not-signed-and-nothing-is-looked-up-for-it', async () => {
    const [device, stranger, thief] = [await makeKeys(), await makeKeys(), await makeKeys()];
    const now = b.clock.now();
    const words = [
      signPossession(now, await selfSigned(device), createPrivateKey(thief.keyPem)),
      signPossession(now, await selfSigned(stranger), createPrivateKey(thief.keyPem)),
      'living',
      'SN-living',
    ];
    for (const word of words) {
      work.length = 0;
      const answer = await app.inject({ url: `/check?word=${encodeURIComponent(word)}` });
      assert.deepEqual([answer.statusCode, work], [200, []], word.slice(0, 20));
      assert.match(answer.body, /no word of a device of ours/);
    }
  });
});

/** The last sign is another: the account that it names is the same. */
const wrong = (code: string): string => `${code.slice(0, -1)}${code.endsWith('a') ? 'b' : 'a'}`;

function tableIn(node: RootOperationNode): string {
  const text = JSON.stringify(SelectQueryNode.is(node) ? node.from : node);
  return /"IdentifierNode","name":"(\w+)"/.exec(text)?.[1] ?? '';
}
