import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { NO_ACCOUNTS, withPassword, credentialsOf, type AccountsState } from '../../src/access/accounts.ts';
import { openGate, type Asked, type GateWorld } from '../../src/access/gate/gate.ts';
import { openHashing } from '../../src/access/gate/hashing.ts';
import { checkCredential, passwordRecord, verifyPassword } from '../../src/access/passwords/record.ts';
import { mayRecover } from '../../src/access/presence/presence.ts';
import { decideThrottle, NO_ATTEMPTS, type ThrottleState } from '../../src/access/throttle/decide.ts';

const LIGHT = { memoryKib: 64, passes: 1, parallelism: 1 };
const limits = { freeAttempts: 3, firstDelaySeconds: 1, longestDelaySeconds: 900 };
const from = { source: '192.0.2.1', inTheHome: false };

/** A gate on a disk in memory; what was written survives it. */
async function gateOf(given: { parts?: Partial<GateWorld['parts']>; disk?: { throttle: ThrottleState } } = {}) {
  const disk = given.disk ?? { throttle: NO_ATTEMPTS };
  const initialPassword = await passwordRecord('LABEL', new Uint8Array(16), LIGHT);
  const own = await passwordRecord('own', new Uint8Array(16).fill(1), LIGHT);
  const events: string[] = [];
  let now = Date.UTC(2026, 0, 1);
  let accounts: AccountsState = withPassword(NO_ACCOUNTS, 'owner', 'owner', own);
  const gate = openGate({
    access: {
      accounts: () => accounts,
      throttle: () => disk.throttle,
      keepThrottle: (state) => void (disk.throttle = state),
    },
    running: () => now,
    random: (bytes) => randomBytes(bytes),
    limits,
    tellsDelays: true,
    parts: { throttle: decideThrottle, credentialsOf, checkCredential, verifyPassword, mayRecover, ...given.parts },
    hashing: openHashing(),
    initialPassword,
    record: (kind) => void events.push(kind),
  });
  return {
    gate,
    disk,
    events,
    wait: (seconds: number) => void (now += seconds * 1000),
    replace: (state: AccountsState) => void (accounts = state),
  };
}
const code: Asked = { account: 'owner', from, kind: 'one-time-code' };

test('the-right-password-opens-and-nothing-else-does', async () => {
  const { gate, events } = await gateOf();
  assert.equal((await gate.password('owner', 'own', from)).kind, 'right');
  assert.deepEqual(await gate.password('owner', 'LABEL', from), { kind: 'failed', because: 'wrong-proof' });
  assert.deepEqual(await gate.password('nobody', 'own', from), { kind: 'failed', because: 'unknown-user' });
  assert.deepEqual(events, ['login-failed', 'login-failed']);
});

test('an-attempt-is-durable-before-any-secret-is-looked-at', async () => {
  const disk = { throttle: NO_ATTEMPTS };
  const seen: number[] = [];
  const look = () => void seen.push(disk.throttle.accounts.reduce((sum, { failures }) => sum + failures, 0));
  const verify: typeof verifyPassword = async () => {
    look();
    throw new Error('power cut');
  };
  const { gate } = await gateOf({ disk, parts: { verifyPassword: verify } });
  await assert.rejects(gate.password('owner', 'own', from), /power cut/);
  const powerCut = async (): Promise<boolean> => {
    look();
    throw new Error('power cut');
  };
  await assert.rejects(gate.proof(code, powerCut), /power cut/);
  assert.deepEqual(seen, [1, 2]);
});

test('a-proof-that-comes-too-soon-is-not-looked-at', async () => {
  const { gate, wait } = await gateOf();
  let looked = 0;
  const wrong = async () => {
    looked += 1;
    return false;
  };
  for (let guess = 0; guess < 3; guess += 1) assert.equal((await gate.proof(code, wrong)).kind, 'failed');
  assert.notEqual((await gate.proof(code, async () => true)).kind, 'right', 'a right one waits as well');
  await gate.proof(code, wrong);
  assert.equal(looked, 3);
  wait(1);
  assert.equal((await gate.proof(code, async () => true)).kind, 'right');
});

test('the-right-password-clears-nothing-that-was-guessed-at-codes', async () => {
  const { gate, wait, disk } = await gateOf();
  for (let round = 0; round < 3; round += 1) {
    const elsewhere = { source: `198.51.100.${round}`, inTheHome: false };
    assert.equal((await gate.password('owner', 'own', elsewhere)).kind, 'right');
    await gate.proof({ ...code, from: elsewhere }, async () => false);
  }
  assert.deepEqual(
    disk.throttle.accounts.map(({ failures }) => failures),
    [3],
  );
  const late = { ...code, from: { source: '198.51.100.9', inTheHome: false } };
  assert.notEqual((await gate.proof(late, async () => true)).kind, 'right');
  wait(1);
  assert.equal((await gate.proof(late, async () => true)).kind, 'right');
});

test('a-password-that-was-replaced-while-it-was-hashed-opens-nothing', async () => {
  const next = await passwordRecord('next', new Uint8Array(16).fill(2), LIGHT);
  const made = await gateOf({
    parts: {
      verifyPassword: async (record, password) => {
        const right = await verifyPassword(record, password);
        made.replace(withPassword(NO_ACCOUNTS, 'owner', 'owner', next));
        return right;
      },
    },
  });
  assert.equal((await made.gate.password('owner', 'own', from)).kind, 'failed');
});

test('hashing-is-bounded-and-a-full-queue-refuses', async () => {
  const hashing = openHashing({ atOnce: 2, waiting: 3 });
  let running = 0;
  let most = 0;
  const open: (() => void)[] = [];
  const task = async () => {
    most = Math.max(most, (running += 1));
    await new Promise<void>((resolve) => open.push(resolve));
    running -= 1;
  };
  const all = Array.from({ length: 7 }, () => hashing.run(task));
  const refused = (await Promise.all(all.slice(5))).map((each) => each.ok);
  assert.deepEqual(refused, [false, false]);
  for (let i = 0; i < 5; i += 1) {
    open.shift()?.();
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.deepEqual(
    (await Promise.all(all.slice(0, 5))).map((each) => each.ok),
    [true, true, true, true, true],
  );
  assert.equal(most, 2);
});
