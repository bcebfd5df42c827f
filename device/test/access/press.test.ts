import { test, type TestContext } from 'node:test';
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pressButton } from '../../src/index.ts';
import { LONG_PRESS_SIGNAL, markBoot, PRESS_SIGNAL } from '../../src/access/presence/press.ts';
import { openPresence } from '../../src/access/presence/presence.ts';
import { temporaryFolder } from '../stand-in/factory.ts';

const onLinux = { skip: process.platform !== 'linux' && 'it looks into /proc', timeout: 180_000 };
const folder = async (t: TestContext): Promise<string> => {
  const { path, remove } = await temporaryFolder();
  t.after(remove);
  return path;
};

test('a-press-reaches-the-process-that-runs-on-the-folder', onLinux, async (t) => {
  const dataDir = await folder(t);
  let presses = 0;
  const heard = new Promise<void>((resolve) => {
    const hear = () => {
      presses += 1;
      resolve();
    };
    process.on('SIGUSR2', hear);
    t.after(() => process.off('SIGUSR2', hear));
  });
  const mark = markBoot(dataDir);
  assert.equal(pressButton(dataDir).pid, process.pid);
  await heard;
  mark.remove();
  assert.throws(() => pressButton(dataDir), { code: 'not-running' });
  assert.equal(presses, 1);
});

test('a-button-that-is-held-is-told-from-a-short-press', onLinux, async (t) => {
  const dataDir = await folder(t);
  const heard: string[] = [];
  const held = new Promise<void>((resolve) => {
    const short = () => void heard.push('short');
    const long = () => {
      heard.push('long');
      resolve();
    };
    process.on(PRESS_SIGNAL, short).on(LONG_PRESS_SIGNAL, long);
    t.after(() => process.off(PRESS_SIGNAL, short).off(LONG_PRESS_SIGNAL, long));
  });
  const mark = markBoot(dataDir);
  t.after(mark.remove);
  pressButton(dataDir, 'long');
  await held;
  assert.deepEqual(heard, ['long']);
});

test('an-old-mark-presses-nobody-elses-button', onLinux, async (t) => {
  const dataDir = await folder(t);
  // the signal would end it
  const other = spawn('sleep', ['600']);
  t.after(() => other.kill());
  await once(other, 'spawn');
  for (const mark of [
    JSON.stringify({ pid: other.pid, started: '1' }),
    JSON.stringify({ pid: other.pid, started: '' }),
    JSON.stringify({ pid: 2 ** 30, started: '1' }),
    '{"pid":-1}',
    'unreadable',
  ]) {
    writeFileSync(join(dataDir, 'boot.json'), mark);
    assert.throws(() => pressButton(dataDir), { code: 'not-running' }, mark);
  }
  assert.throws(() => pressButton(join(dataDir, 'nowhere')), { code: 'not-running' });
  assert.equal(other.exitCode ?? other.signalCode, null);
  assert.equal(existsSync(join(dataDir, 'boot.json')), true);
});

test('everybody-who-listens-hears-a-press', () => {
  const presence = openPresence();
  const heard: string[] = [];
  presence.onPress((press) => heard.push(press));
  presence.onPress((press) => heard.push(press));
  presence.pressed('short');
  presence.pressed('long');
  assert.deepEqual(heard, ['short', 'short', 'long', 'long']);
});
