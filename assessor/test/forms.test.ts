import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { withCookies } from '../src/observe/login/cookies.ts';
import { hiddenInputs, readForms } from '../src/observe/login/forms.ts';

test('takes the hidden inputs of the form that posts to the path, and of no other', () => {
  const page = `<!-- <form action="/login"><input type=hidden name=old value=no></form> -->
    <FORM action='/search'><input type="hidden" name="q" value="no"></FORM>
    <form method=POST action="https://lamp.local/login?next=%2F"><input type=hidden name=csrf value="a&amp;b&#x27;&#34;">
      <input name="password" type="password"><input type="hidden" value='x>y' name='z'/>`;
  assert.deepEqual(hiddenInputs(page, '/login', '/login'), { csrf: 'a&b\'"', z: 'x>y' });
  assert.deepEqual(hiddenInputs('<form><input type=hidden name=t value=1></form>', '/login', '/login'), { t: '1' });
  assert.deepEqual(hiddenInputs('<form action="else"><input type=hidden name=t value=1>', '/login', '/login'), {});
});

test('survives any page', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.constantFrom(
          '<form',
          '<input',
          ' type=hidden',
          ' name=',
          '"',
          "'",
          '>',
          '</form>',
          '<!--',
          '&#x110000;',
          '<script>',
          ' ',
        ),
      ),
      (parts) => {
        readForms(parts.join(''));
        hiddenInputs(parts.join(''), '/', '/');
      },
    ),
  );
});

test('keeps and drops cookies as a browser does', () => {
  const now = Date.parse('2026-01-01');
  assert.deepEqual(
    withCookies(
      { a: '1', b: '2' },
      ['a=3; Path=/', 'b=; Max-Age=0', 'c=x=y', 'd=; Expires=Thu, 01 Jan 1970 00:00:00 GMT', '=none', 'none'],
      now,
    ),
    {
      a: '3',
      c: 'x=y',
    },
  );
});
