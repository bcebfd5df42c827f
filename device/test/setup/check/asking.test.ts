import assert from 'node:assert/strict';
import { createHash, X509Certificate } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import type { TLSSocket } from 'node:tls';
import declaration from '@hearthward/example-hub';
import {
  channelBindingOf,
  CHECKS_PER_HOUR,
  isSigned,
  readSetupStatement,
  readSignedStatement,
  SETUP_CHECK_PATHS,
  SETUP_STATEMENT,
  type SetupStatement,
} from '@hearthward/protocol';
import { openClock } from '../../../src/channel/clock/clock.ts';
import { openChannel } from '../../../src/channel/channel.ts';
import { createOutbound } from '../../../src/exposure/outbound.ts';
import { defaultParts } from '../../../src/parts.ts';
import { openSoftwareSigner } from '../../../src/processes/signer.ts';
import { converse } from '../../../src/setup/check/converse.ts';
import { answerTo, unanswered, type CheckOutcome } from '../../../src/setup/check/decide.ts';
import { standSetupCheck } from '../../../src/setup/check/standing.ts';
import { makeAuthority, newKeyPair } from '../../stand-in/authority.ts';
import { manufactured, temporaryFolder } from '../../stand-in/factory.ts';
import { memoryStore } from '../../stand-in/memory.ts';
import { startServices } from '../../stand-in/services.ts';

/** The device asks its manufacturer, over real TLS: what it says, and what it makes of each bad answer. */

const closers: (() => unknown)[] = [];
type Answering = (path: string, body: string, socket: TLSSocket) => { status: number; body: string } | undefined;

const NONCE = 'n'.repeat(43);
const challenge = { status: 200, body: JSON.stringify({ v: 1, nonce: NONCE, at: 5 }) };
const digest = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Services in order, but for what a test changes of their answer. */
const answering =
  (
    change: (answer: Record<string, unknown>, heard: SetupStatement) => Record<string, unknown> = (answer) => answer,
  ): Answering =>
  (path, body) => {
    if (path === SETUP_CHECK_PATHS.challenge) return challenge;
    const { statement } = readSignedStatement(body) ?? assert.fail('no signed statement');
    const heard = readSetupStatement(statement) ?? assert.fail('no statement');
    const answer = {
      v: 1,
      ask: heard.ask,
      statement: digest(statement),
      at: 6,
      verdict: 'well',
      findings: [{ code: 'software', good: true }],
    };
    return { status: 200, body: JSON.stringify(change(answer, heard)) };
  };

/** A device that can be enrolled; what it is answered, and by whom, each test says. */
const open = async () => {
  const folder = await temporaryFolder();
  closers.push(folder.remove);
  const authority = makeAuthority('Test Root');
  let checks: Answering = answering();
  const services = await startServices({ authority, checks: (...asked) => checks(...asked) });
  closers.push(services.close);
  const bundle = await manufactured(folder.path, { authority, services: services.urls });
  const signer = openSoftwareSigner(folder.path);
  closers.push(signer.close);
  const store = memoryStore();
  const recorded: [string, unknown][] = [];
  const clock = openClock({
    store,
    system: { now: () => Date.now() },
    madeAt: bundle.madeAt,
    setBack: () => undefined,
  });
  const urls = { ...services.urls };
  let cutOff = false;
  const outbound = createOutbound(declaration, urls, () => cutOff);
  const shared = {
    store,
    clock,
    signer,
    outbound,
    deviceId: bundle.deviceId,
    record: (kind: string, detail: unknown): void => void recorded.push([kind, detail]),
    fault: (thrown: unknown): void => assert.fail(String(thrown)),
  };
  const channel = openChannel({ ...shared, draw: () => 0 });
  closers.push(channel.close);
  await channel.start(false);
  const check = standSetupCheck({
    ...shared,
    declaration,
    dated: clock,
    channel,
    integrity: { check: async () => 'whole' },
    management: { possible: true, allowed: () => null },
    protection: undefined,
    own: {
      open: () => [
        { good: true, text: 'fine' },
        { good: false, text: 'not fine' },
      ],
    },
    parts: defaultParts,
  });
  closers.push(check.close);
  return {
    authority,
    bundle,
    channel,
    check,
    services,
    signer,
    /** as it was when it was enrolled, and answered so from now on */
    answered: async (by: Answering): Promise<void> => {
      checks = by;
      cutOff = false;
      recorded.length = 0;
      urls.enrolment = services.urls.enrolment;
      await check.forget();
    },
    dials: (url: string) => (urls.enrolment = url),
    cut: () => (cutOff = true),
    told: () => recorded.filter(([kind]) => kind === 'setup-checked').map(([, detail]) => detail),
  };
};

describe('a device that asks its manufacturer', () => {
  let world: Awaited<ReturnType<typeof open>>;
  before(async () => {
    world = await open();
  });
  after(async () => {
    for (const close of closers.splice(0).reverse()) await close();
  });

  test('has nothing to show, and asks nobody, before it is enrolled', async () => {
    assert.deepEqual(await world.check.ask(), unanswered('not-enrolled'));
    await world.channel.initialised();
  });

  test('states what it is, signed by the identity of the factory, for this connection alone', async () => {
    const heard: [string, string][] = [];
    let socket: TLSSocket | undefined;
    await world.answered((path, body, over) => {
      heard.push([path, body]);
      socket = over;
      return answering()(path, body, over);
    });
    const { check, bundle, told } = world;
    const outcome = await check.ask();
    assert.deepEqual(outcome, { kind: 'answered', verdict: 'well', findings: [{ code: 'software', good: true }] });
    assert.deepEqual(
      heard.map(([path]) => path),
      [SETUP_CHECK_PATHS.challenge, SETUP_CHECK_PATHS.statement],
    );
    const signed = readSignedStatement(heard[1]?.[1] ?? '') ?? assert.fail('not signed');
    const said = readSetupStatement(signed.statement) ?? assert.fail('no statement');
    assert.deepEqual(
      [said.device, said.nonce, said.version, said.integrity, said.tls.version],
      [bundle.deviceId, NONCE, declaration.product.softwareVersion, 'whole', 'TLSv1.3'],
    );
    assert.equal(said.channel, socket && channelBindingOf(socket));
    // nobody has chosen a password on this store, and one of two looks at what is open found something
    assert.deepEqual(said.settings, [
      { code: 'password', good: false },
      { code: 'support', good: true },
      { code: 'remote-help', good: true },
      { code: 'open', good: false },
    ]);
    const shown = new X509Certificate(Buffer.from(signed.certificate, 'base64'));
    const key = shown.publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
    assert.ok(isSigned(SETUP_STATEMENT, { ...signed, key }));
    assert.equal(signed.certificate, new X509Certificate(bundle.initialIdentity[0] ?? '').raw.toString('base64'));
    assert.deepEqual(told(), [{ verdict: 'well' }]);
    assert.deepEqual(check.last()?.outcome, outcome);
  });

  const BAD: readonly (readonly [string, Answering, string])[] = [
    ['repeats an older answer', answering((answer) => ({ ...answer, ask: 'o'.repeat(43) })), 'not-to-this'],
    ['answers what was not stated', answering((answer) => ({ ...answer, statement: '0'.repeat(64) })), 'not-to-this'],
    [
      'says well of something amiss',
      answering((a) => ({ ...a, findings: [{ code: 'log', good: false }] })),
      'unreadable',
    ],
    [
      'answers with a page',
      (path) => (path.endsWith('challenge') ? challenge : { status: 200, body: '<p>Hello</p>' }),
      'unreadable',
    ],
    [
      'answers without end',
      (path) => (path.endsWith('challenge') ? challenge : { status: 200, body: 'x'.repeat(100_000) }),
      'refused',
    ],
    ['challenges with nothing', () => ({ status: 200, body: '{}' }), 'unreadable'],
    ['was asked too often', () => ({ status: 429, body: '{}' }), 'too-often'],
    ['does not know the device', () => ({ status: 403, body: '{}' }), 'refused'],
    ['is broken', () => ({ status: 500, body: '' }), 'failed'],
  ];
  for (const [what, by, because] of BAD)
    test(`whoever ${what} gives no answer: ${because}`, async () => {
      await world.answered(by);
      assert.deepEqual(await world.check.ask(), { kind: 'unanswered', because });
      assert.deepEqual(world.told(), [{ verdict: 'none', because }]);
    });

  test('who is not certified by its manufacturer is told nothing', async () => {
    const { pem, privateKey, publicKey } = newKeyPair();
    const enrolment = { key: pem, cert: makeAuthority('services.test', { privateKey, publicKey }).certificate };
    const impostor = await startServices({ authority: world.authority, shows: { enrolment } });
    closers.push(impostor.close);
    await world.answered(answering());
    world.dials(impostor.urls.enrolment);
    assert.deepEqual(await world.check.ask(), unanswered('not-believed'));
    assert.equal(impostor.heard.enrolment, 0);
  });

  test('says so where nobody is there, and where it is cut off', async () => {
    await world.answered(answering());
    world.dials('https://127.0.0.1:1');
    assert.deepEqual(await world.check.ask(), unanswered('unreachable'));
    await world.answered(answering());
    world.cut();
    assert.deepEqual(await world.check.ask(), unanswered('cut-off'));
  });

  test('does not wait for ever, and whatever comes after that is nobody’s', async () => {
    await world.answered(() => undefined);
    const connections: TLSSocket[] = [];
    const ask = (connect: () => Promise<TLSSocket>): Promise<CheckOutcome> =>
      converse({
        connect: async () => {
          const tls = await connect();
          connections.push(tls);
          return tls;
        },
        target: () => new URL(world.services.urls.enrolment),
        signer: world.signer,
        says: async () => ({ device: world.bundle.deviceId, version: '1', integrity: 'whole', settings: [] }),
        now: () => 1,
        answer: answerTo,
        withinMillis: 300,
      });
    const late = unanswered('too-late');
    assert.deepEqual(await ask(() => world.channel.connectAnew('enrolment', 5_000)), late);
    assert.equal(connections[0]?.destroyed, true);
    const slow = Promise.withResolvers<TLSSocket>();
    assert.deepEqual(await ask(() => slow.promise), late);
    slow.resolve(await world.channel.connectAnew('enrolment', 5_000));
    await setImmediate();
    assert.equal(connections[1]?.destroyed, true);
  });

  test('two who ask at once get one answer, and one too many within the hour gets none', async () => {
    let challenges = 0;
    await world.answered((path, ...rest) => {
      if (path.endsWith('challenge')) challenges++;
      return answering()(path, ...rest);
    });
    const { check } = world;
    const [one, other] = await Promise.all([check.ask(), check.ask()]);
    assert.deepEqual([one, challenges], [other, 1]);
    for (let n = 1; n < CHECKS_PER_HOUR; n++) await check.ask();
    assert.deepEqual([await check.ask(), challenges], ['not-now', CHECKS_PER_HOUR]);
    assert.equal(check.last()?.outcome.kind, 'answered', 'the last answer stays');
    await check.forget();
    assert.equal(check.last(), undefined);
  });
});
