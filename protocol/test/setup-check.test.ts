import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  readSetupAnswer,
  readSetupChallenge,
  readSetupStatement,
  readSignedStatement,
  type SetupAnswer,
  type SetupStatement,
} from '../src/index.ts';

const nonce = 'n'.repeat(43);
const statement: SetupStatement = {
  v: 1,
  device: 'hub-1',
  nonce,
  ask: 'a'.repeat(43),
  channel: 'c'.repeat(43),
  at: 1_800_000_000_000,
  version: '1.2.3',
  integrity: 'whole',
  tls: { version: 'TLSv1.3', suite: 'TLS_AES_256_GCM_SHA384', group: 'X25519MLKEM768' },
  settings: [{ code: 'password', good: true }],
};
const answer: SetupAnswer = {
  v: 1,
  ask: 'a'.repeat(43),
  statement: '0'.repeat(64),
  at: 1_800_000_000_000,
  verdict: 'well',
  findings: [{ code: 'software', good: true, about: '1.2.3' }],
};

describe('the check of a set-up, as it goes over the wire', () => {
  it('is read as each side sends it', () => {
    assert.deepEqual(readSetupStatement(JSON.stringify(statement)), statement);
    assert.deepEqual(readSetupAnswer(JSON.stringify(answer)), answer);
    const challenge = { v: 1, nonce, at: 5 } as const;
    assert.deepEqual(readSetupChallenge(JSON.stringify(challenge)), challenge);
    const signed = { v: 1, statement: 's', signature: 'x', certificate: 'c' } as const;
    assert.deepEqual(readSignedStatement(JSON.stringify(signed)), signed);
  });

  it('refuses a statement that says more, or anything of people', () => {
    const wrong: unknown[] = [
      { ...statement, v: 2 },
      { ...statement, owner: 'somebody' },
      { ...statement, nonce: 'short' },
      { ...statement, integrity: 'fine' },
      { ...statement, settings: [{ code: 'password', good: 'three-Quiet-Harbours' }] },
      { ...statement, settings: [{ code: 'password', good: true, value: 'x' }] },
      { ...statement, settings: Array.from({ length: 33 }, () => ({ code: 'a', good: true })) },
      { ...statement, tls: { version: 'TLSv1.3' } },
    ];
    for (const each of wrong) assert.equal(readSetupStatement(JSON.stringify(each)), undefined, JSON.stringify(each));
  });

  it('refuses an answer without findings, with too many, or with markup in what it is about', () => {
    const wrong: unknown[] = [
      { ...answer, findings: [] },
      { ...answer, findings: Array.from({ length: 65 }, () => ({ code: 'a', good: true })) },
      { ...answer, findings: [{ code: 'software', good: true, about: '<b>1</b>' }] },
      { ...answer, findings: [{ code: 'Not A Code', good: true }] },
      { ...answer, verdict: 'fine' },
      { ...answer, at: -1 },
      { ...answer, more: 1 },
    ];
    for (const each of wrong) assert.equal(readSetupAnswer(JSON.stringify(each)), undefined, JSON.stringify(each));
  });

  it('reads no other text, and throws at none', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        for (const read of [readSetupAnswer, readSetupChallenge, readSetupStatement, readSignedStatement])
          assert.equal(read(text), undefined);
      }),
    );
  });
});
