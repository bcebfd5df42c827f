import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { passwordChangeForced } from '../src/cases/access/passwords/change-forced.ts';
import type { Case, Finding } from '../src/model.ts';
import { loadTarget } from '../src/load-target.ts';
import { createTurns } from '../src/observe/running/turns.ts';
import { assess } from '../src/run.ts';
import { DELIVERED_LAMP, startDelivered, type DeliveredLamp } from './cases/access/fake-delivered.ts';
import { INITIAL, startLamp, USER, type Lamp } from './cases/access/fake-lamp.ts';

/** Two lamps: one that somebody uses, and one that nobody does. */
interface Two {
  readonly used: Lamp;
  readonly spare: DeliveredLamp;
  readonly folder: string;
  readonly resets: () => number;
  /** findings of an assessment with these cases, by case */
  readonly findings: (cases: readonly Case[]) => Promise<ReadonlyMap<string, Finding>>;
}

const MECHANISM = 'panel-password';

const twoLamps = async (t: TestContext, given: { readonly resets: boolean }): Promise<Two> => {
  const [used, spare] = [await startLamp(), await startDelivered()];
  const folder = mkdtempSync(join(tmpdir(), 'hearthward-spare-'));
  let resets = 0;
  const button = createServer((_, answer) => {
    resets += 1;
    spare.reset();
    answer.end();
  });
  await new Promise<void>((resolve) => button.listen(0, '127.0.0.1', resolve));
  t.after(async () => {
    button.close();
    await Promise.all([used.close(), spare.close()]);
    rmSync(folder, { recursive: true });
  });
  const press = [process.execPath, '--eval', 'fetch(process.argv[1])'];
  const at = ({ port }: { readonly port: number }, trust: string) => ({
    panel: { url: `https://127.0.0.1:${port}`, trust },
  });
  writeFileSync(join(folder, 'declaration.json'), JSON.stringify(DELIVERED_LAMP));
  writeFileSync(join(folder, 'used.pem'), used.certificate);
  writeFileSync(join(folder, 'spare.pem'), spare.certificate);
  const targetFile = join(folder, 'target.json');
  writeFileSync(
    targetFile,
    JSON.stringify({
      schema: 'hearthward/target/1',
      declaration: 'declaration.json',
      authorisation: { by: 'its maker', statement: 'a test', until: '2999-12-31', changes: true, destructive: false },
      services: at(used, 'used.pem'),
      accounts: { [MECHANISM]: { user: USER, password: used.password() } },
      spare: {
        services: at(spare, 'spare.pem'),
        accounts: { [MECHANISM]: { user: USER, initialPassword: INITIAL } },
        ...(given.resets
          ? { handling: { factoryReset: [...press, `http://127.0.0.1:${(button.address() as AddressInfo).port}`] } }
          : {}),
      },
      limits: { patienceSeconds: 2 },
    }),
  );
  let runs = 0;
  return {
    used,
    spare,
    folder,
    resets: () => resets,
    findings: async (cases) => {
      const done = await assess({ targetFile, out: join(folder, `evidence-${++runs}`), cases });
      assert.ok(done.ok, JSON.stringify(done));
      return new Map(done.findings.map((finding) => [finding.case, finding]));
    },
  };
};

/** Spoils what it finds; passes where it found a unit in use, and the right password let it in. */
const spoils = (id: string): Case => ({
  id,
  topic: 'erase-device-data',
  title: 'a case of a test',
  effect: 'destructive',
  ready: (_, { accounts }) =>
    accounts?.[MECHANISM]?.password === undefined ? { ok: false, because: 'no password' } : { ok: true },
  observe: async (probe) => {
    const entered = await probe.login.attempt(MECHANISM);
    probe.record('entered', MECHANISM, { kind: entered.kind });
    if (entered.kind !== 'in') return;
    const current = probe.target.accounts?.[MECHANISM]?.password ?? '';
    // nobody knows the new one
    await probe.login.call('change-password', entered.session, {
      current,
      password: `${current}x`,
      repeat: `${current}x`,
    });
  },
  judge: ({ observations }) => ({
    verdict: observations.some(({ data }) => JSON.stringify(data) === '{"kind":"in"}') ? 'PASS' : 'FAIL',
    decided: 'automatic',
    because: 'spoilt',
    uncovered: [],
    evidence: observations.map(({ id }) => id),
  }),
});

test('what cannot be put back is done to the spare unit, and the one in use never notices', async (t) => {
  const { used, spare, findings, resets } = await twoLamps(t, { resets: true });
  const before = used.password();
  const cases = [passwordChangeForced, spoils('first'), spoils('second')];
  for (let round = 1; round <= 2; round += 1) {
    const found = await findings(cases);
    for (const { id } of cases) {
      assert.equal(found.get(id)?.verdict, 'PASS', `${id}, round ${round}: ${found.get(id)?.because}`);
      assert.match(found.get(id)?.because ?? '', /\(on the spare unit\)$/);
    }
    // each case finds the state that it wants, whatever the one before has done
    assert.equal(resets(), round * 3 - 1);
  }
  assert.equal(used.password(), before);
  assert.ok(spare.asked.length > 0);
});

test('without a way back to factory default the rest is open, and says why', async (t) => {
  const { findings } = await twoLamps(t, { resets: false });
  const found = await findings([passwordChangeForced, spoils('late')]);
  assert.equal(found.get('password-change-forced')?.verdict, 'PASS');
  assert.equal(found.get('late')?.verdict, 'INCONCLUSIVE');
  assert.match(found.get('late')?.because ?? '', /in use, and nobody brings it to factory default/);
});

test('what is wrong with the spare unit is named where it stands', async (t) => {
  const { folder } = await twoLamps(t, { resets: false });
  const file = join(folder, 'target.json');
  const { default: target } = (await import(file, { with: { type: 'json' } })) as { default: Record<string, unknown> };
  const wrong = join(folder, 'wrong.json');
  const spare = { services: { door: { url: 'https://93.184.216.34' } }, accounts: { none: {} } };
  writeFileSync(wrong, JSON.stringify({ ...target, spare }));
  const read = await loadTarget(wrong, '2026-11-21');
  assert.ok(!read.ok);
  assert.deepEqual(read.problems.map(({ path }) => path).sort(), [
    '/spare/accounts/none',
    '/spare/services/door',
    '/spare/services/door',
  ]);
});

test('a case that compares times runs while no other does, and nobody waits for ever', async () => {
  const turns = createTurns();
  const said: string[] = [];
  const first = await turns.take(false);
  const second = await turns.take(false);
  const alone = turns.take(true).then((end) => {
    said.push('alone');
    return end;
  });
  const later = turns.take(false).then((end) => {
    said.push('later');
    return end;
  });
  first.end();
  await Promise.resolve();
  assert.deepEqual(said, []);
  second.end();
  (await alone).end();
  (await later).end();
  assert.deepEqual(said, ['alone', 'later']);
});

test('a case that was ended while it waited holds nobody up', async () => {
  const turns = createTurns();
  const late = await turns.take(false);
  let pass = (): void => undefined;
  const waited = late.while(new Promise((resolve) => (pass = resolve)));
  late.end();
  late.end();
  const alone = await turns.take(true);
  pass();
  await waited;
  alone.end();
  (await turns.take(true)).end();
});

test('while a case waits for time to pass, one that wants to be alone is not kept waiting, and is not disturbed', async () => {
  const turns = createTurns();
  const said: string[] = [];
  const waiter = await turns.take(false);
  let pass = (): void => undefined;
  const waited = waiter.while(new Promise((resolve) => (pass = resolve))).then(() => said.push('goes on'));
  const alone = await turns.take(true);
  pass();
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(said.length, 0);
  said.push('alone has ended');
  alone.end();
  await waited;
  assert.deepEqual(said, ['alone has ended', 'goes on']);
});
