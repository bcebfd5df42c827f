import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { CHALLENGE_LASTS, CHECKS_PER_HOUR, SETUP_CHECK_PATHS } from '@hearthward/protocol';
import { productLine } from '@hearthward/testbed/updates';
import { eventsOf } from '../../src/telemetry/events.ts';
import { bench, type ClientIdentity, enrol, initialOf, makeDevice, type TestBench, type TestDevice } from '../bench.ts';
import { declarationOf } from '../declaration.ts';
import { ask, ASK, badIn, checked, outcome, signed, state, stated } from './asking.ts';

/** The owner presses, the device asks: over real TLS, with every bad statement that one can bring. */
describe('the check of a set-up, at the services', () => {
  let b: TestBench;
  let device: TestDevice;
  let identity: ClientIdentity;
  const version = declarationOf('hub').product.softwareVersion;
  before(async () => {
    b = await bench();
  });
  after(() => b.end());

  /** Each a device of its own: they are counted. */
  const enrolled = async (): Promise<void> => {
    device = await makeDevice(b.services);
    identity = await enrol(b.services, device);
  };
  const says = { at: 0, version };
  const now = () => ({ ...says, at: b.clock.now() });

  it('answers what it was asked, to whom asked, and keeps it for the console before it says it', async () => {
    await enrolled();
    await b.services.registry.connected(device.bundle.deviceId);
    const asking = await ask(b.services, identity);
    const statement = stated(asking, device, String(await asking.challenge()), now());
    const { status, answer } = outcome(await state(asking, signed(device, statement))) as {
      status: number;
      answer: { ask: string; statement: string; verdict: string };
    };
    asking.end();
    assert.equal(status, 200);
    assert.deepEqual(
      [answer.ask, answer.statement, answer.verdict],
      [ASK, createHash('sha256').update(JSON.stringify(statement)).digest('hex'), 'well'],
    );
    const [kept] = await eventsOf(b.services.store.db, device.bundle.deviceId, 1);
    assert.deepEqual([kept?.kind, kept?.source, kept?.detail], ['setup-checked', 'services', '{"verdict":"well"}']);
  });

  it('says what is amiss, each thing by its own code', async () => {
    await enrolled();
    const settings = [
      { code: 'password', good: true },
      { code: 'remote-help', good: false },
    ];
    const amiss = { version: '0.0.1', integrity: 'altered', settings, at: b.clock.now() - 3_600_000 } as const;
    const { answer } = await checked(b.services, identity, device, amiss);
    assert.equal(answer?.verdict, 'attention');
    assert.deepEqual(badIn(answer), ['integrity', 'software', 'contact', 'clock', 'setting']);
    const [kept] = await eventsOf(b.services.store.db, device.bundle.deviceId, 1);
    assert.equal(kept?.detail, '{"verdict":"attention","found":"integrity software contact clock remote-help"}');
  });

  it('a statement that another device signed, or nobody, does not prove the identity', async () => {
    await enrolled();
    await b.services.registry.connected(device.bundle.deviceId);
    const other = await makeDevice(b.services);
    assert.deepEqual(badIn((await checked(b.services, identity, device, now(), other)).answer), ['identity']);
    const asking = await ask(b.services, identity);
    const whole = signed(device, stated(asking, device, String(await asking.challenge()), now()));
    const swapped = { ...whole, certificate: signed(other, stated(asking, other, 'n'.repeat(43))).certificate };
    const { answer } = outcome(await state(asking, swapped)) as { answer?: never };
    asking.end();
    assert.deepEqual(badIn(answer), ['identity']);
    for (const damaged of [{ signature: '' }, { certificate: 'AAAA' }, { certificate: '' }]) {
      const again = await ask(b.services, identity);
      const text = signed(device, stated(again, device, String(await again.challenge()), now()));
      const answered = outcome(await state(again, { ...text, ...damaged })) as { answer?: never };
      again.end();
      assert.deepEqual(badIn(answered.answer), ['identity'], JSON.stringify(damaged));
    }
  });

  it('takes no statement twice, none without a challenge, none to another and none that is late', async () => {
    await enrolled();
    const asking = await ask(b.services, identity);
    const nonce = String(await asking.challenge());
    const statement = signed(device, stated(asking, device, nonce, now()));
    assert.equal((await state(asking, statement)).status, 200);
    assert.deepEqual(outcome(await state(asking, statement)), { status: 409, code: 'challenge-over' }, 'replayed');
    await asking.challenge();
    assert.deepEqual(outcome(await state(asking, statement)), { status: 409, code: 'challenge-over' }, 'old nonce');
    const late = signed(device, stated(asking, device, String(await asking.challenge()), now()));
    b.clock.advance(CHALLENGE_LASTS + 1);
    assert.deepEqual(outcome(await state(asking, late)), { status: 409, code: 'challenge-over' }, 'late');
    asking.end();
  });

  it('takes no statement that was made for another connection or by another device', async () => {
    await enrolled();
    const [here, there] = [await ask(b.services, identity), await ask(b.services, identity)];
    const nonce = String(await here.challenge());
    const carried = signed(device, { ...stated(there, device, nonce, now()) });
    assert.deepEqual(outcome(await state(here, carried)), { status: 409, code: 'other-connection' });
    const other = await makeDevice(b.services);
    const foreign = signed(other, stated(here, other, String(await here.challenge()), now()));
    assert.deepEqual(outcome(await state(here, foreign)), { status: 403, code: 'other-device' });
    here.end();
    there.end();
  });

  it('reads nothing that is no statement', async () => {
    await enrolled();
    for (const body of [
      '',
      '{',
      '[]',
      '{"v":1}',
      JSON.stringify({ v: 1, statement: '{}', signature: '', certificate: '' }),
    ]) {
      const asking = await ask(b.services, identity);
      await asking.challenge();
      const { status } = await asking.post(SETUP_CHECK_PATHS.statement, body);
      assert.equal(status, 400, body);
      asking.end();
    }
    const asking = await ask(b.services, identity);
    assert.equal((await asking.post(SETUP_CHECK_PATHS.statement, 'x'.repeat(20_000))).status, 413);
    asking.end();
  });

  it('tells nothing to the initial identity, a superseded certificate, a held or a revoked device', async () => {
    await enrolled();
    assert.equal((await checked(b.services, initialOf(device), device)).status, 403);
    const newer = await enrol(b.services, device);
    assert.equal((await checked(b.services, identity, device)).status, 403);
    assert.equal((await checked(b.services, newer, device)).status, 200);
    await b.services.custody.revoke(device.bundle.deviceId, 'operator');
    assert.equal((await checked(b.services, newer, device)).status, 403);
  });

  it('reads releases that another program wrote, and keeps to itself why it cannot read them', async () => {
    const folder = join(b.dataDir, 'updates', 'repository', 'metadata');
    mkdirSync(folder, { recursive: true });
    for (const [role, versions] of productLine('hub', b.clock.now()).published)
      for (const [at, bytes] of versions.entries())
        writeFileSync(join(folder, role === 'timestamp' ? 'timestamp.json' : `${at + 1}.${role}.json`), bytes);
    await enrolled();
    assert.equal((await checked(b.services, identity, device, now())).status, 200);

    writeFileSync(join(folder, 'timestamp.json'), '{}');
    const asking = await ask(b.services, identity);
    const statement = stated(asking, device, String(await asking.challenge()), now());
    const { status, body } = await state(asking, signed(device, statement));
    asking.end();
    rmSync(folder, { recursive: true });
    assert.deepEqual([status, JSON.parse(body)], [500, { type: 'about:blank', status: 500, code: 'failed' }]);
  });

  it('checks a device so often within an hour, and then no more, whatever connection it uses', async () => {
    await enrolled();
    for (let n = 0; n < CHECKS_PER_HOUR; n++)
      assert.equal((await checked(b.services, identity, device, now())).status, 200);
    assert.equal((await checked(b.services, identity, device, now())).status, 429);
    const neighbour = await makeDevice(b.services);
    assert.equal((await checked(b.services, await enrol(b.services, neighbour), neighbour, now())).status, 200);
    b.clock.advance(3_600_000);
    assert.equal((await checked(b.services, identity, device, now())).status, 200);
  });
});
