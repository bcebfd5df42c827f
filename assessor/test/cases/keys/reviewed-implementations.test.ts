import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Declaration } from '@hearthward/product';
import { primitivesIn } from '../../../src/cases/keys/primitive-forms.ts';
import type { Data, Judgement } from '../../../src/model.ts';
import { is, judged, run } from '../exposure/fake-kettle-run.ts';
import { KETTLE } from '../exposure/fake-kettle.ts';

/** Who wrote the cryptography: what the image holds, held against what is declared. */
const RESTING: Declaration = {
  ...KETTLE,
  softwareComponents: [
    {
      id: 'firmware',
      name: 'firmware',
      version: '1',
      supplier: 'x',
      notUpdateableBecause: 'x',
      cryptography: { uses: true, updateable: false },
    },
  ],
  networkSecurityImplementations: [
    { id: 'tls', name: 'tls', version: '3', review: 'public', link: 'https://tls.example/', packages: ['tls-lib'] },
  ],
};
const AES = [0x63, 0x7c, 0x77, 0x7b, 0xf2, 0x6b, 0x6f, 0xc5, 0x30, 0x01, 0x67, 0x2b, 0xfe, 0xd7, 0xab, 0x76];

test('an implementation of a primitive is found in every form that programs have it in', () => {
  const forms: readonly (readonly [string, string | Uint8Array])[] = [
    ['AES', Uint8Array.of(1, ...AES, 2)],
    ['AES', AES.map((each) => `0x${each.toString(16)}`).join(',\n  ')],
    ['AES', AES.join(',')],
    ['AES', `from("${Buffer.from(AES).toString('hex')}")`],
    ['SHA-256', '1116352408,1899447441,-1245643825,-373957723'],
    ['SHA-256', Buffer.from('982f8a4291443771cffbc0b5a5dbb5e9', 'hex')],
    ['SHA-512', '[0x428a2f98d728ae22n, 0x7137449123ef65cdn, 0xb5c0fbcfec4d3b2fn]'],
    ['ChaCha20', 'expand 32-byte k'],
    ['ChaCha20', '0x61707865, 0x3320646e, 0x79622d32, 0x6b206574'],
    ['DES', '14, 4, 13, 1, 2, 15, 11, 8, 3, 10, 6, 12, 5, 9, 0, 7'],
  ];
  for (const [primitive, content] of forms) {
    const found = primitivesIn(Buffer.from(content as string));
    assert.ok(
      found.some((each) => each.primitive === primitive),
      `${primitive} in ${String(content)}`,
    );
  }
  const callers = ["createHash('sha256')", 'const sizes = [14, 4, 13, 1, 2, 15];', '#637c77', 'aes-256-gcm'];
  for (const text of callers) assert.deepEqual(primitivesIn(Buffer.from(text)), [], text);
});

const manifest = (version: string): string => JSON.stringify({ name: 'tls-lib', version });
const look = (files: Readonly<Record<string, string | Uint8Array>>, declaration = RESTING) =>
  run('reviewed-implementations', {
    declaration,
    files,
    target: (target) => void (target['artefacts'] = { software: ['given'] }),
  });

test('software with cryptography of its own fails, and a reviewed one may have it', async () => {
  is(await look({ 'package.json': manifest('3'), 'calls.js': "createHash('sha256')" }), 'PASS');
  is(await look({ 'package.json': manifest('3'), 'sbox.bin': Uint8Array.from(AES) }), 'PASS');
  const own = JSON.stringify({ name: 'kettle', version: '3' });
  is(await look({ 'package.json': own, 'sbox.bin': Uint8Array.from(AES) }), 'FAIL', /sbox\.bin implements AES/);
  is(await look({ 'sbox.bin': Uint8Array.from(AES) }), 'FAIL');
});

test('another version than the declared one fails, and one that is not there is not seen', async () => {
  is(await look({ 'package.json': manifest('2') }), 'FAIL', /tls-lib is 2/);
  is(await look({ 'package.json': '{' }), 'INCONCLUSIVE', /holds it/);
  is(await look({}), 'INCONCLUSIVE');
});

type Told = readonly (readonly [kind: string, subject: string, data: Data])[];
const SEEN: Told = [
  ...['bytes', 'numbers', 'digits'].map((form) => ['planted', 'product', { form, found: true }] as const),
  ['package', 'tls-lib', { name: 'tls-lib', version: '3' }],
  ['searched', 'product', { files: 3, bytes: 30 }],
];
const judge = (told: Told = SEEN, declaration = RESTING): Judgement =>
  judged('reviewed-implementations', told, declaration);

test('nothing passes without a review that can be read, and a search that finds what was planted', () => {
  is(judge(), 'PASS');
  for (const at of SEEN.keys()) is(judge(SEEN.filter((_, each) => each !== at)), 'INCONCLUSIVE');
  const declared = (more: object) =>
    judge(SEEN, {
      ...RESTING,
      networkSecurityImplementations: RESTING.networkSecurityImplementations.map((each) => ({ ...each, ...more })),
    });
  is(declared({ link: undefined }), 'INCONCLUSIVE', /can be read/);
  is(declared({ packages: [] }), 'INCONCLUSIVE', /where in the product/);
  is(declared({ packages: [], component: 'firmware' }), 'INCONCLUSIVE', /tls: that 3 is what runs/);
  is(judge(SEEN, { ...RESTING, networkSecurityImplementations: [] }), 'FAIL');
});
