import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { openRequests } from '../../src/operators/requests/requests.ts';
import { type AccountBench, accountBench } from './account-bench.ts';

/** EN 303 645 5.11-2, 5.11-4: an erasure that an operator begins, while the services go down. */

describe('an erasure on a request, interrupted', () => {
  let b: AccountBench;
  before(async () => {
    b = await accountBench();
  });
  after(() => b.end());

  const requested = async () => {
    const person = await b.person(`device-${b.orders.size}`);
    const law = { kind: 'erasure', law: 'gdpr', via: 'letter' } as const;
    const id = await b.requests.create({ ...law, receivedAt: b.clock.now(), by: 'alice' });
    assert.deepEqual(await b.requests.identifyByCode(id, person.account), { ok: true });
    return { id, ...person };
  };
  const cutAt = (step: 'noted' | 'asked') => {
    const power = async () => Promise.reject(new Error('power'));
    const ask: typeof b.parts.erasures.ask = async (order) => {
      if (step === 'asked') await b.parts.erasures.ask(order);
      return power();
    };
    const { store, clock, vault, registry } = b;
    return openRequests({ store, clock, vault, registry, erasures: { ask, find: async (id) => b.orders.get(id) } });
  };

  for (const step of ['noted', 'asked'] as const)
    it(`is-one-order-and-begun-whoever-presses-again-after-it-was-${step}`, async () => {
      const { id, subject } = await requested();
      const before = b.orders.size;
      await assert.rejects(cutAt(step).erase(id, 'alice'), { message: 'power' });
      const found = await b.requests.find(id);
      const [noted] = found?.acts ?? [];
      assert.ok(noted?.erasureId !== undefined);
      const again = await b.requests.erase(id, 'bob');
      assert.deepEqual(again, step === 'noted' ? { ok: true } : { ok: false, code: 'asked-already' });
      assert.deepEqual([...b.orders.keys()].slice(before), [noted.erasureId], 'the order that was noted, and no other');
      assert.deepEqual(b.orders.get(noted.erasureId)?.subjects, [subject]);
      assert.equal(b.vault.stateOf(subject), 'blocked');
      assert.deepEqual(await b.requests.erase(id, 'bob'), { ok: false, code: 'asked-already' });
      assert.equal((await b.requests.find(id))?.acts.length, 1);
    });
});
