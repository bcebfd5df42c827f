import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readMultipart } from '../../src/panel/http/multipart.ts';
import { validate } from '../../src/panel/http/validate.ts';

const TYPE = 'multipart/form-data; boundary=mark';
const part = (name: string, content: string, filename?: string): string =>
  `--mark\r\nContent-Disposition: form-data; name="${name}"${filename === undefined ? '' : `; filename="${filename}"\r\nContent-Type: audio/wav`}\r\n\r\n${content}\r\n`;
const read = (text: string, type = TYPE) => readMultipart(Buffer.from(text, 'latin1'), type);

test('a form with a file is read as a browser sends it', () => {
  const outcome = read(
    `${part('_csrf', 'token')}${part('chime', 'RIFF\u0000\u00ff\r\n--mar', 'my sound.wav')}--mark--\r\n`,
  );
  assert.ok(outcome.ok);
  assert.equal(outcome.fields.get('_csrf'), 'token');
  assert.deepEqual(outcome.fields.get('chime'), new Uint8Array(Buffer.from('RIFF\u0000\u00ff\r\n--mar', 'latin1')));
});

test('what is not exactly such a form is refused', () => {
  const whole = `${part('chime', 'x', 'a.wav')}--mark--\r\n`;
  for (const [what, text, type] of [
    ['no body', '', TYPE],
    ['another boundary', whole, 'multipart/form-data; boundary=other'],
    ['no boundary', whole, 'multipart/form-data'],
    ['a boundary of nothing', whole, 'multipart/form-data; boundary='],
    ['two parts of one name', `${part('chime', 'x', 'a')}${whole}`, TYPE],
    ['no end', part('chime', 'x', 'a'), TYPE],
    ['something behind the end', `${whole}more`, TYPE],
    ['something before the first part', `preamble\r\n${whole}`, TYPE],
    ['a name with a space', `${part('a b', 'x')}--mark--`, TYPE],
    ['a header of its own', whole.replace('Content-Type', 'X-Header'), TYPE],
    ['a third header', whole.replace('audio/wav', 'audio/wav\r\nContent-Length: 1'), TYPE],
    ['a head without end', `--mark\r\nContent-Disposition: ${'a'.repeat(2_000)}\r\n\r\nx\r\n--mark--`, TYPE],
    ['text that is not UTF-8', `${part('name', '\u00ff\u00fe')}--mark--`, TYPE],
    [
      'more parts than a form has',
      `${Array.from({ length: 17 }, (_, n) => part(`f${n}`, 'x')).join('')}--mark--`,
      TYPE,
    ],
  ] as const)
    assert.equal(read(text, type).ok, false, what);
});

test('a file is taken up to its declared size, and only as a file', () => {
  const field = { name: 'chime', type: 'file', minimum: 1, maximum: 4, example: 'AAAA' } as const;
  const given = (value: unknown, encoding: 'form' | 'json' = 'form') =>
    validate([field], new Map([['chime', value]]), encoding);
  assert.deepEqual(given(new Uint8Array([1, 2, 3, 4])), {
    ok: true,
    value: Object.assign(Object.create(null), { chime: 'AQIDBA==' }),
  });
  for (const value of [new Uint8Array(5), new Uint8Array(0), 'AAAA', '', 7, undefined, { length: 2 }])
    for (const encoding of ['form', 'json'] as const) assert.equal(given(value, encoding).ok, false);
});

test('whatever a form is made of, it is read or refused, never thrown over', () => {
  const piece = fc.oneof(
    fc.constantFrom(
      '--mark',
      '--mark--',
      '\r\n',
      '\r\n\r\n',
      'Content-Disposition: form-data; name="a"',
      '; filename="b"',
    ),
    fc.string({ maxLength: 8 }),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
      const outcome = read(pieces.join(''));
      if (outcome.ok) assert.ok(outcome.fields.size > 0);
    }),
    { numRuns: 3_000 },
  );
});
