import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { unhurried } from '../../../src/cases/exposure/inputs/unhurried.ts';
import type { HttpAnswer, Probe, Reached } from '../../../src/model.ts';

/** A product that answers what stands in `says`, one after another, the last one again and again. */
function product(says: readonly (readonly [status: number, after?: string])[], patienceSeconds = 20) {
  let now = Date.UTC(2026, 0, 1);
  let asked = 0;
  const answer = async (): Promise<Reached<HttpAnswer>> => {
    const [status, after] = says[Math.min(asked++, says.length - 1)] ?? [500];
    const headers = after === undefined ? {} : { 'retry-after': after };
    return { ok: true, answer: { status, headers, setCookie: [], body: '', ms: 1, blob: '' } };
  };
  const waited: number[] = [];
  const clock = {
    now: () => now,
    wait: async (ms: number) => {
      waited.push(ms / 1000);
      now += ms;
    },
  };
  // only what it uses
  const probe = { http: { request: answer }, login: { call: answer }, clock, patienceSeconds } as unknown as Probe;
  return { probe: unhurried(probe), waited, asked: () => asked };
}
const statusOf = (reached: Reached<HttpAnswer>): number | undefined => (reached.ok ? reached.answer.status : undefined);
const GET = { method: 'GET', path: '/' };

describe('a product that counts requests', () => {
  test('is asked again after the time that it says, and what it says then counts', async () => {
    const soon = new Date(Date.UTC(2026, 0, 1, 0, 0, 4)).toUTCString();
    const page = product([[429, '1'], [429, soon], [200]]);
    assert.equal(statusOf(await page.probe.http.request('panel', GET)), 200);
    assert.deepEqual(page.waited, [1, 3]);
    const call = product([[429], [303]]);
    assert.equal(statusOf(await call.probe.login.call('set-lamp', undefined)), 303);
    assert.deepEqual(call.waited, [1], 'where it says no time');
  });

  test('is taken at its word where it puts one off for longer than one may wait', async () => {
    const held = product([[429, '300']]);
    assert.equal(statusOf(await held.probe.http.request('panel', GET)), 429);
    assert.deepEqual(held.waited, []);
  });

  test('is not asked for ever', async () => {
    for (const after of ['1', '0', 'nonsense']) {
      const never = product([[429, after]], 3);
      assert.equal(statusOf(await never.probe.http.request('panel', GET)), 429);
      assert.ok(never.asked() >= 4 && never.asked() <= 31, `${after}: ${never.asked()}`);
    }
  });

  test('is asked once where it answers', async () => {
    const well = product([[503, '1'], [200]]);
    assert.equal(statusOf(await well.probe.http.request('panel', GET)), 503);
    assert.equal(well.asked(), 1);
  });
});
