import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TimeSource } from '@hearthward/protocol';
import { bench, setUp } from './bench.ts';

const shownFrom = async (vouched: TimeSource, host: TimeSource): Promise<string> => {
  const now = () => Date.UTC(2026, 0, 1);
  const times = { dated: { now, source: () => vouched }, floored: { now, source: () => host } };
  const { app } = await bench({ times });
  try {
    const { body } = await (await setUp(app)).get('/safety');
    return /<dt>Time in events<\/dt>\s*<dd>([^<]*)/.exec(body)?.[1] ?? body;
  } finally {
    await app.close();
  }
};

test('whoever reads a time in the log is told what it rests on', async () => {
  assert.match(await shownFrom('services', 'host'), /confirmed by the manufacturer/);
  assert.match(await shownFrom('host', 'host'), /^this device.{1,6}s own clock$/);
  // the clock that ran backwards vouches for nothing, whatever the host says
  assert.match(await shownFrom('host', 'floor'), /behind what is known/);
  assert.match(await shownFrom('unknown', 'unknown'), /^not known$/);
});
