import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TimeSource } from '@hearthward/protocol';
import { bench, setUp } from './bench.ts';

const shownFrom = async (source: TimeSource | undefined): Promise<string> => {
  const { app } = await bench(source === undefined ? {} : { timeSource: () => source });
  try {
    const { body } = await (await setUp(app)).get('/safety');
    return /<dt>Time in events<\/dt>\s*<dd>([^<]*)/.exec(body)?.[1] ?? body;
  } finally {
    await app.close();
  }
};

test('whoever reads a time in the log is told what it rests on', async () => {
  assert.match(await shownFrom('services'), /confirmed by the manufacturer/);
  assert.match(await shownFrom('host'), /^this device.{1,6}s own clock$/);
  assert.match(await shownFrom('floor'), /behind what is known/);
  for (const nobody of ['unknown', undefined] as const) assert.match(await shownFrom(nobody), /^not known$/);
});
