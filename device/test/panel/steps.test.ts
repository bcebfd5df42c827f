import { test } from 'node:test';
import assert from 'node:assert/strict';
import declaration from '@hearthward/example-hub';
import * as web from '@hearthward/web';
import type { RenewedKey } from '../../src/secrets/renewal.ts';
import { newAuthenticator } from '../stand-in/authenticator.ts';
import { bench, Browser, OWN, setUp, type Bench } from './bench.ts';
import { askedOn, codeNow, codesOn, factors, secretOn } from './second-step.ts';
import { walker, type Walker } from './walker.ts';

/**
 * How far each value that proves somebody is from the panel's first page, for a person who only follows what is shown:
 * one step is one page opened or one form sent.
 */

const MOST = 3;
const NEW = 'six-Gulls-and-a-kettle';
const THEIRS = 'nine-Plums-in-a-saddle';
const [PIN, NEW_PIN] = ['417093', '836150'];

interface Home {
  readonly made: Bench;
  readonly owner: Browser;
  readonly renewed: readonly RenewedKey[];
  /** somebody who was added, with what they sign in with */
  readonly added: (name: string, role?: string) => Promise<{ readonly browser: Browser; readonly initial: string }>;
  readonly opens: (user: string, password: string) => Promise<boolean>;
}

async function home(pages: Partial<typeof web> = {}): Promise<Home> {
  const renewed: RenewedKey[] = [];
  const keys = {
    panelFingerprints: () => ['0a'.repeat(32)],
    channelFingerprint: () => '0c'.repeat(32),
    channelAlgorithm: () => 'ecdsa-p256-sha256' as const,
    renew: async (asked: readonly RenewedKey[]) => void renewed.push(...asked),
  };
  const made = await bench({ declaration, keys, parts: { pages: { ...web, ...pages } } });
  const owner = await setUp(made.app);
  let strangers = 0;
  return {
    made,
    owner,
    renewed,
    added: async (name, role = 'guest') => {
      const initial = initialOn((await owner.submit('/people', '/people/add', { name, role, current: OWN })).body);
      const browser = new Browser(made.app, '192.0.2.9');
      assert.equal((await browser.logIn(initial, name)).statusCode, 303);
      return { browser, initial };
    },
    opens: async (user, password) =>
      (await new Browser(made.app, `198.51.100.${(strangers += 1)}`).logIn(password, user)).statusCode === 303,
  };
}
const initialOn = (page: string): string => /id="initial_password">([^<]+)</.exec(page)?.[1] ?? '';
const own = { current: OWN };

async function sendFrom(way: Walker, form: string, fields: Readonly<Record<string, string>>): Promise<void> {
  assert.ok(await way.goTo(form), `no page leads to ${form}`);
  await way.send(form, fields);
}

async function setAppUp({ made }: Home, way: Walker): Promise<string> {
  await sendFrom(way, '/security/code', own);
  const secret = secretOn(way.page());
  await way.send('/security/code/confirm', { code: codeNow(made, secret) });
  assert.equal(factors(made)?.code?.secret, secret, 'this app is the one in force');
  return secret;
}

async function addPasskey({ made }: Home, way: Walker): Promise<void> {
  await sendFrom(way, '/security/passkey', { ...own, name: 'Phone' });
  const passkey = newAuthenticator().register(askedOn(way.page()));
  await way.send('/security/passkey/confirm', { passkey });
  assert.equal(factors(made)?.passkeys.length, 1);
}

/** A change from the first page on, and what is there afterwards; ends with the walk whose steps count. */
type Change = (it: Home) => Promise<Walker>;

const changeOwnPassword =
  (role: string): Change =>
  async ({ owner, added, opens }) => {
    const [name, current] = role === 'owner' ? ['owner', OWN] : ['Aunt', THEIRS];
    let who = owner;
    if (role !== 'owner') {
      const { browser, initial } = await added(name, role);
      await browser.submit('/password', '/password', { current: initial, password: current, repeat: current });
      who = browser;
    }
    const way = await walker(who);
    await sendFrom(way, '/password', { current, password: NEW, repeat: NEW });
    assert.deepEqual([await opens(name, current), await opens(name, NEW)], [false, true]);
    return way;
  };

/** By declared mechanism, the values that a person has of it. Walks that go as the declaration counts them are marked. */
const CHANGES: Readonly<Record<string, readonly { value: string; counted?: true; change: Change }[]>> = {
  'panel-password': [
    ...declaration.accessControls.map(({ role }) => ({
      value: `the password of the role ${role}`,
      counted: true as const,
      change: changeOwnPassword(role),
    })),
    {
      value: 'a password that the device made up',
      change: async ({ added, opens }) => {
        const { browser, initial } = await added('Aunt');
        const way = await walker(browser);
        await sendFrom(way, '/password', { current: initial, password: NEW, repeat: NEW });
        assert.deepEqual([await opens('Aunt', initial), await opens('Aunt', NEW)], [false, true]);
        return way;
      },
    },
    {
      value: 'the password of another person, who has forgotten it',
      change: async ({ owner, added, opens }) => {
        const { initial } = await added('Aunt');
        const way = await walker(owner);
        await sendFrom(way, '/people/remove', { ...own, name: 'Aunt' });
        await way.send('/people/add', { ...own, name: 'Aunt', role: 'guest' });
        assert.deepEqual([await opens('Aunt', initial), await opens('Aunt', initialOn(way.page()))], [false, true]);
        return way;
      },
    },
    {
      value: 'the role of another person',
      change: async ({ made, owner, added }) => {
        await added('Aunt');
        const way = await walker(owner);
        await sendFrom(way, '/people/role', { ...own, name: 'Aunt', role: 'member' });
        const { accounts } = made.store.read('accounts') as { accounts: { name: string; role: string }[] };
        assert.equal(accounts.find(({ name }) => name === 'Aunt')?.role, 'member');
        return way;
      },
    },
    {
      value: 'the PIN of a child, by its guardian',
      change: async ({ owner, added, opens }) => {
        await added('Child');
        await owner.submit('/people', '/people/pin', { ...own, name: 'Child', pin: PIN });
        const way = await walker(owner);
        await sendFrom(way, '/people/pin', { ...own, name: 'Child', pin: NEW_PIN });
        assert.deepEqual([await opens('Child', PIN), await opens('Child', NEW_PIN)], [false, true]);
        return way;
      },
    },
    {
      value: 'the PIN of a child, by itself where it may',
      change: async ({ owner, made, added, opens }) => {
        await added('Child');
        await owner.submit('/people', '/people/pin', { ...own, name: 'Child', pin: PIN });
        await owner.submit('/people', '/people/pin-lock', { ...own, name: 'Child', locked: 'off' });
        const child = new Browser(made.app, '192.0.2.9');
        await child.logIn(PIN, 'Child');
        const way = await walker(child);
        await sendFrom(way, '/password', { current: PIN, password: NEW_PIN, repeat: NEW_PIN });
        assert.deepEqual([await opens('Child', PIN), await opens('Child', NEW_PIN)], [false, true]);
        return way;
      },
    },
  ],
  'panel-code': [
    {
      value: 'the first secret of an app',
      counted: true,
      change: async (it) => {
        const way = await walker(it.owner);
        await setAppUp(it, way);
        return way;
      },
    },
    {
      value: 'the secret of an app, for another app',
      counted: true,
      change: async (it) => {
        const first = await setAppUp(it, await walker(it.owner));
        it.made.wait(60);
        const way = await walker(it.owner);
        assert.notEqual(await setAppUp(it, way), first);
        return way;
      },
    },
    {
      value: 'the secret of an app, taken away',
      change: async (it) => {
        await setAppUp(it, await walker(it.owner));
        const way = await walker(it.owner);
        await sendFrom(way, '/security/code/remove', own);
        assert.equal(factors(it.made)?.code, undefined);
        return way;
      },
    },
    {
      value: 'the recovery codes',
      change: async (it) => {
        const first = await walker(it.owner);
        await setAppUp(it, first);
        const way = await walker(it.owner);
        await sendFrom(way, '/security/recovery', own);
        const [before, after] = [codesOn(first.page()), codesOn(way.page())];
        assert.ok(after.length === 10 && after.every((code) => !before.includes(code)));
        return way;
      },
    },
  ],
  'panel-passkey': [
    {
      value: 'a passkey, added',
      counted: true,
      change: async (it) => {
        const way = await walker(it.owner);
        await addPasskey(it, way);
        return way;
      },
    },
    {
      value: 'a passkey, taken away',
      change: async (it) => {
        await addPasskey(it, await walker(it.owner));
        const way = await walker(it.owner);
        await sendFrom(way, '/security/passkey/remove', own);
        assert.equal(factors(it.made)?.passkeys.length, 0);
        return way;
      },
    },
  ],
  'device-certificate': (['panel', 'connection', 'stored', 'all'] as const).map((keys) => ({
    value: `the keys of the device: ${keys}`,
    change: async ({ owner, renewed }: Home) => {
      const way = await walker(owner);
      await sendFrom(way, '/safety/keys', { ...own, keys });
      const meant = { panel: ['panel'], connection: ['channel'], stored: ['keystore', 'data'] };
      const all = [...meant.stored, ...meant.panel, ...meant.connection];
      assert.deepEqual(renewed, keys === 'all' ? all : meant[keys]);
      return way;
    },
  })),
};

// EN 303 645 5.1-4, TS 103 645 4.1-1, G044 6.1-d, G045 AU-1-1: near the first page, for whoever the value belongs to
for (const { id, change: declared } of declaration.authenticationMechanisms) {
  for (const { value, counted, change } of CHANGES[id] ?? [])
    test(`at most three steps lead to a change of ${value}`, async (t) => {
      const it = await home();
      t.after(() => it.made.app.close());
      const steps = (await change(it)).steps();
      assert.ok(steps > 0 && steps <= MOST, `it takes ${steps}`);
      if (counted) assert.equal(steps, declared?.steps, 'as many as the declaration says');
    });
}

test('no-declared-mechanism-is-without-its-way', () => {
  assert.deepEqual(
    Object.keys(CHANGES),
    declaration.authenticationMechanisms.map(({ id }) => id),
  );
  assert.ok(Object.values(CHANGES).every((changes) => changes.length > 0));
});

test('a-panel-that-hides-a-change-behind-a-further-page-takes-more-than-three-steps', async (t) => {
  const without = (page: string): string => page.replaceAll(/<a [^>]*href="\/security"[^]*?<\/a>/g, '');
  const farther = await home({
    homePage: (view) => without(web.homePage(view)),
    peoplePage: (view) => without(web.peoplePage(view)),
    privacyPage: (view) => without(web.privacyPage(view)),
  });
  t.after(() => farther.made.app.close());
  const way = await changeOwnPassword('owner')(farther);
  assert.equal(way.steps(), MOST + 1);
});
