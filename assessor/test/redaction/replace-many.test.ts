import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { replaceMany } from '../../src/observe/redaction/replace-many.ts';

test('replaces thousands of texts, and texts as long as a hostile input', () => {
  const many = replaceMany();
  for (let index = 0; index < 20_000; index++) many.set(`secret-${index}-end`, '*');
  many.set('a'.repeat(200_000), '#');
  assert.equal(many.in(`x secret-19999-end y ${'a'.repeat(200_000)} z`), 'x * y # z');
});

test('takes the longest at a place, and nothing that it has put in', () => {
  const many = replaceMany();
  many.set('abcd', '1');
  many.set('abcdef', 'abcd');
  assert.equal(many.in('abcdef abcd abc'), 'abcd 1 abc');
});

test('leaves no text that it was told of', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ minLength: 4, maxLength: 8 }), { minLength: 1, maxLength: 8 }),
      fc.string({ maxLength: 30 }),
      (secrets, around) => {
        const many = replaceMany();
        for (const secret of secrets) many.set(secret, '');
        const [first = ''] = secrets;
        assert.equal(many.in(first), '');
        assert.ok(
          !many.in(`${around}${first}`).endsWith(first) ||
            around.includes(first) ||
            secrets.some((other) => other !== first),
        );
      },
    ),
  );
});
