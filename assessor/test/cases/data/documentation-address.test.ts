import assert from 'node:assert/strict';
import { test } from 'node:test';
import { secretsByForm } from '../../../src/cases/data/secret-forms.ts';

const kinds = (text: string) => secretsByForm(Buffer.from(text)).map((each) => each.kind);

test('takes-no-address-of-a-manual-for-a-secret', () => {
  for (const host of ['example.com', 'www.example.org:8443', 'EXAMPLE.NET'])
    assert.deepEqual(kinds(`new URL('https://abc:xyz@${host}/path')`), [], host);
});

test('finds-credentials-in-an-address-that-may-exist', () => {
  for (const host of ['broker.maker.io', 'notexample.com', 'example.com.maker.io', '192.168.1.7'])
    assert.deepEqual(kinds(`new URL('https://abc:xyz@${host}/path')`), ['credentials in an address'], host);
});
