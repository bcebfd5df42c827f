import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { TelemetryData } from '@hearthward/product';
import { LEDGER_DAYS } from '../../src/privacy/ledger/decide.ts';
import { by, DAY, FIELDS, ITEMS, openHome } from './home.ts';

/** What left the home, as people read it. */

test('the sum of what left lies within the declaration: its fields, no oftener than declared, to the declared parties', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ wait: fc.integer({ min: 1, max: 40_000 }), value: fc.double() }), { maxLength: 60 }),
      async (steps) => {
        const home = openHome();
        await home.privacy.tick();
        await home.privacy.decide(by('owner', { usage: true, steps: true }));
        home.privacy.acts('owner');
        const began = home.now();
        for (const { wait, value } of steps) {
          home.wait(wait);
          home.send(value);
          home.deliver();
        }
        const span = home.now() - began;
        for (const { field, recipient, count, bytes } of home.privacy.ledger()) {
          if (field === 'privacy') continue;
          const declared: TelemetryData | undefined = FIELDS.find(({ id }) => id === field);
          assert.ok(declared, `${field} is declared`);
          const item = ITEMS.find(({ id }) => id === declared.personalData);
          assert.ok([...declared.usedBy, ...(item?.recipients ?? [])].includes(recipient), recipient);
          assert.ok(count <= Math.floor(span / (declared.everySeconds * 1000)) + 1, `${field}: ${count} in ${span} ms`);
          assert.ok(bytes > 0);
        }
      },
    ),
    { numRuns: 20 },
  );
});

test('only what was received is counted, for each who gets it, without its value, and for fourteen days', async () => {
  const home = openHome();
  await home.privacy.tick();
  await home.privacy.decide(by('owner', { usage: true }));
  home.deliver();
  home.send(123_456);
  const lines = () => home.privacy.ledger().filter(({ field }) => field !== 'privacy');
  assert.deepEqual(lines(), [], 'it waits');
  home.deliver();
  assert.deepEqual(
    lines().map(({ day, field, recipient, count }) => [day, field, recipient, count]),
    [
      ['2026-01-10', 'warmth', 'Example Appliances', 1],
      ['2026-01-10', 'lamp', 'Example Appliances', 1],
      ['2026-01-10', 'lamp', 'Adverts and Sons', 1],
      ['2026-01-10', 'uptime', 'Example Appliances', 1],
    ],
  );
  assert.ok(!JSON.stringify(home.store.read('ledger')).includes('123456'));
  home.wait((LEDGER_DAYS - 1) * DAY);
  assert.equal(lines().length, 4);
  home.wait(DAY);
  assert.equal(lines().length, 0);
  home.send(2);
  home.deliver();
  assert.equal((home.store.read('ledger') as unknown[]).length, 4, 'and what is too old is not kept either');
});

test('a clock that was far ahead leaves no line behind for ever', async () => {
  const home = openHome();
  await home.privacy.tick();
  home.wait(4_000 * DAY);
  home.send(1);
  home.deliver();
  home.wait(-4_000 * DAY);
  home.send(2);
  home.deliver();
  assert.ok(home.privacy.ledger().every(({ day }) => day === '2026-01-10'));
  assert.ok((home.store.read('ledger') as { day: string }[]).every(({ day }) => day === '2026-01-10'));
});
