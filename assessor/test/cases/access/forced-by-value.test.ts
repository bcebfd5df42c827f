import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Declaration } from '@hearthward/product';
import { passwordChangeForced } from '../../../src/cases/access/passwords/change-forced.ts';
import type { Data, Judgement } from '../../../src/model.ts';
import { LAMP } from './fake-declaration.ts';
import { DELIVERED_LAMP } from './fake-delivered.ts';

/** The judge of the forced change, told what might have been seen. */
type Told = readonly [kind: string, subject: string, data: Data];
function judge(declaration: Declaration, told: readonly Told[]): Judgement {
  const at = '2026-11-21T00:00:00.000Z';
  const id = passwordChangeForced.id;
  const observations = told.map(([kind, subject, data], n) => {
    return { id: `${id}/${n + 1}`, case: id, kind, subject, at, data, blobs: [] };
  });
  return passwordChangeForced.judge({ declaration, observations, assessedAt: at });
}

const LOGIN = { outcome: { kind: 'in', status: 303, ms: 5 } } as const;
const ANSWER = { reached: true, status: 200, success: true, bytes: 10 } as const;
const WALL = { reached: true, status: 303, success: false, location: '/password', bytes: 0 } as const;
const REFUSED = { reached: true, status: 422, success: false, bytes: 0 } as const;

test('the-forced-change-is-proven-on-a-unit-in-factory-default-only', () => {
  const one = (kind: string, data: Data): Told => [kind, 'panel-password', data];
  const use = (when: string, answer: Data, asks = false) => one('use', { function: 'home', when, answer, asks });
  const replaced = (given: string, answer: string) =>
    one('replaced', { given, by: 'set-up', sent: true, answer, pages: 3, status: 200 });
  const login = one('factory-login', LOGIN);
  const entered = one('factory-set-up', { asked: true, pages: 2, status: 200 });
  const renewed = one('renewed', LOGIN);
  const late = one('initial', { outcome: { kind: 'refused', status: 401, ms: 5 } });
  const judged = (...told: readonly Told[]) => judge(DELIVERED_LAMP, told);
  const verdict = (...told: readonly Told[]) => judged(...told).verdict;
  const before = [login, use('before', WALL), entered, use('before', WALL)];
  const kept = [replaced('initial', 'refused'), use('still', WALL)];
  const after = [replaced('strong', 'taken'), renewed, use('after', ANSWER), late];
  assert.equal(verdict(...before, ...kept, ...after), 'PASS');
  assert.equal(verdict(...before, use('before', ANSWER), ...kept, ...after), 'FAIL', 'usable before');
  assert.equal(verdict(...before, replaced('initial', 'taken'), use('still', ANSWER)), 'FAIL', 'initial kept');
  assert.equal(verdict(...before, ...kept, ...after, one('initial', LOGIN)), 'FAIL', 'initial works afterwards');
  const missing = (...told: readonly Told[]) => {
    const found = judged(...told);
    assert.equal(found.verdict, 'INCONCLUSIVE', found.because);
    assert.ok(found.uncovered.length > 0);
  };
  missing(...before);
  missing(...before, ...kept);
  missing(...before, replaced('initial', 'taken'), use('still', WALL), ...after);
  missing(...before, replaced('initial', 'unclear'), use('still', WALL), ...after);
  missing(...before, ...kept, replaced('strong', 'refused'), renewed, use('after', ANSWER), late);
  missing(...before, ...kept, replaced('strong', 'taken'), one('renewed', late[2]), use('after', ANSWER), late);
  missing(...before, ...kept, replaced('strong', 'taken'), renewed, use('after', WALL), late);
  missing(...before, ...kept, replaced('strong', 'taken'), one('renewed', late[2]), one('initial', LOGIN));
  const throttled = one('initial', { outcome: { kind: 'throttled', status: 429, ms: 5 } });
  missing(...before, ...kept, replaced('strong', 'taken'), renewed, use('after', ANSWER), throttled);
  missing(
    login,
    use('before', WALL),
    one('factory-set-up', { asked: false, pages: 1, status: 500 }),
    ...kept,
    ...after,
  );
  missing(login, entered, use('before', { ...WALL, reached: false }), ...kept, ...after);
  missing(login, entered, use('before', ANSWER, true), ...kept, replaced('strong', 'taken'), renewed, late);
});

test('without-a-set-up-the-forced-change-is-proven-by-the-function-that-changes-the-password', () => {
  const use = (when: string, answer: Data): Told => [
    'use',
    'panel-password',
    { function: 'home', when, answer, asks: false },
  ];
  const replaced = (given: string, answer: string): Told => [
    'replaced',
    'panel-password',
    { given, by: 'function', sent: true, answer, pages: 1, status: 303 },
  ];
  const told = (kind: string): readonly Told[] => [
    ['factory-login', 'panel-password', { outcome: { kind, status: 303, ms: 5 } }],
    use('before', WALL),
    replaced('initial', 'refused'),
    use('still', WALL),
    replaced('strong', 'taken'),
    ['renewed', 'panel-password', LOGIN],
    use('after', ANSWER),
    ['initial', 'panel-password', { outcome: { kind: 'refused', status: 401, ms: 5 } }],
  ];
  assert.equal(judge(LAMP, told('in')).verdict, 'PASS');
  assert.equal(judge(LAMP, told('refused')).verdict, 'INCONCLUSIVE', 'not admitted');
});

test('on-a-unit-in-use-the-forced-change-stays-open', () => {
  const same: Told = ['same-again', 'panel-password', { asked: 'current', answer: REFUSED, entered: true }];
  const strong: Told = [
    'strong',
    'panel-password',
    { answer: { ...ANSWER, status: 303 }, entered: true, restored: true },
  ];
  const verdict = (...told: readonly Told[]) => judge(LAMP, told).verdict;
  assert.equal(verdict(same, strong), 'INCONCLUSIVE');
  assert.equal(verdict(same, strong, ['initial', 'panel-password', LOGIN]), 'FAIL');
  const kept: Told = ['same-again', 'panel-password', { asked: 'initial', answer: ANSWER, entered: true }];
  assert.equal(verdict(same, kept, strong), 'FAIL');
  assert.equal(
    verdict(same, ['strong', 'panel-password', { answer: ANSWER, entered: true, restored: false }]),
    'ERROR',
  );
});
