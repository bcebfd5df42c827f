import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inventPassword } from '../src/person.ts';

describe('a password that the test bed makes up', () => {
  it('holds no row of neighbours that a product may refuse, however often it is made', () => {
    const refused = Array.from({ length: 20_000 }, () => inventPassword()).filter((password) => {
      const codes = Array.from(password, (sign) => sign.charCodeAt(0));
      const step = (at: number) => (codes[at + 1] ?? 0) - (codes[at] ?? 0);
      return codes.some((_, at) => [-1, 0, 1].some((by) => [at, at + 1, at + 2].every((place) => step(place) === by)));
    });
    assert.deepEqual(refused, []);
  });

  it('is long enough for any rule and never made twice', () => {
    const made = Array.from({ length: 1_000 }, () => inventPassword());
    assert.equal(new Set(made).size, made.length);
    assert.ok(made.every((password) => password.replaceAll('-', '').length >= 20));
  });
});
