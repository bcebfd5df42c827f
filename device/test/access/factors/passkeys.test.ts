import assert from 'node:assert/strict';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import test from 'node:test';
import fc from 'fast-check';
import { decideFactors } from '../../../src/access/factors/decide.ts';
import { MAX_PASSKEYS, NO_FACTORS, type Factors, type Passkey } from '../../../src/access/factors/factors.ts';
import {
  creationOptions,
  readAssertion,
  readRegistration,
  requestOptions,
  rpIdOf,
} from '../../../src/access/factors/passkeys.ts';
import { newAuthenticator, type Asked } from '../../stand-in/authenticator.ts';

/** Passkeys: what a browser is asked, which answers hold, and what a counter tells. */

const HOST = 'device.local:8443';
const ORIGIN = `https://${HOST}`;
const CHALLENGE = randomBytes(32).toString('base64url');
const ASKED: Asked = { challenge: CHALLENGE, origin: ORIGIN, rpId: 'device.local' };
const EXPECTED = { challenge: CHALLENGE, host: HOST };
const authenticator = newAuthenticator();
const PASSKEY: Passkey = {
  id: authenticator.id,
  publicKey: authenticator.publicKey,
  counter: 0,
  rpId: 'device.local',
  name: 'Phone',
  addedAt: 0,
  cloned: false,
};

test('belongs-to-the-name-that-people-typed-and-never-to-an-address', () => {
  assert.equal(rpIdOf('Device.local:8443'), 'device.local');
  assert.equal(rpIdOf('localhost'), 'localhost');
  for (const host of ['192.0.2.7', '192.0.2.7:443', '[::1]:443', '::1', '', 'a b', undefined])
    assert.equal(rpIdOf(host), undefined, String(host));
});

test('takes-the-passkey-that-was-asked-for', async () => {
  const made = await readRegistration(authenticator.register(ASKED), EXPECTED);
  assert.deepEqual(made, {
    ok: true,
    made: { id: authenticator.id, publicKey: authenticator.publicKey, counter: 0, rpId: 'device.local' },
  });
  const used = await readAssertion(authenticator.sign({ ...ASKED, counter: 7 }), EXPECTED, [PASSKEY]);
  assert.deepEqual(used, { ok: true, id: authenticator.id, counter: 7 });
});

const WRONG: Readonly<Record<string, Partial<Asked>>> = {
  'another-challenge': { challenge: randomBytes(32).toString('base64url') },
  'another-page': { origin: 'https://evil.example' },
  'another-port': { origin: 'https://device.local' },
  'plain-http': { origin: `http://${HOST}` },
  'another-name': { rpId: 'evil.example' },
  'no-user-verification': { flags: 0x01 },
  'nobody-present': { flags: 0x04 },
  'an-answer-of-another-kind': { type: 'webauthn.other' },
};
for (const [name, wrong] of Object.entries(WRONG)) {
  test(`refuses-a-passkey-with-${name}`, async () => {
    const registration = authenticator.register({ ...ASKED, ...wrong });
    assert.equal((await readRegistration(registration, EXPECTED)).ok, false);
    assert.equal((await readAssertion(authenticator.sign({ ...ASKED, ...wrong }), EXPECTED, [PASSKEY])).ok, false);
  });
}

test('refuses-a-signature-of-another-key', async () => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const forged = authenticator.sign({ ...ASKED, with: privateKey });
  assert.deepEqual(await readAssertion(forged, EXPECTED, [PASSKEY]), { ok: false, because: 'a wrong signature' });
});

test('refuses-a-passkey-of-another-account-or-another-name', async () => {
  const signed = authenticator.sign(ASKED);
  for (const known of [[], [{ ...PASSKEY, id: newAuthenticator().id }], [{ ...PASSKEY, rpId: 'localhost' }]])
    assert.equal((await readAssertion(signed, EXPECTED, known)).ok, false);
  assert.equal((await readAssertion(signed, { ...EXPECTED, host: '192.0.2.7' }, [PASSKEY])).ok, false);
});

test('refuses-hostile-answers-without-a-fault', async () => {
  await fc.assert(
    fc.asyncProperty(fc.oneof(fc.string({ maxLength: 200 }), fc.json()), async (text) => {
      assert.equal((await readRegistration(text, EXPECTED)).ok, false);
      assert.equal((await readAssertion(text, EXPECTED, [PASSKEY])).ok, false);
    }),
    { numRuns: 400 },
  );
});

test('refuses-an-assertion-with-any-signed-bit-turned', async () => {
  const right = authenticator.sign(ASKED);
  const part = fc.constantFrom('clientDataJSON', 'authenticatorData');
  await fc.assert(
    fc.asyncProperty(part, fc.nat(), async (name, at) => {
      const answer = JSON.parse(right) as { response: Record<string, string> };
      const bytes = Buffer.from(answer.response[name] ?? '', 'base64url');
      bytes.writeUInt8(bytes.readUInt8((at >> 3) % bytes.length) ^ (1 << (at & 7)), (at >> 3) % bytes.length);
      answer.response[name] = bytes.toString('base64url');
      assert.equal((await readAssertion(JSON.stringify(answer), EXPECTED, [PASSKEY])).ok, false);
    }),
    { numRuns: 300 },
  );
});

test('asks-for-a-verified-person-and-leaves-out-what-is-known', () => {
  const elsewhere = { ...PASSKEY, id: 'other', rpId: 'localhost' };
  const cloned = { ...PASSKEY, id: 'copied', cloned: true };
  const known = [PASSKEY, elsewhere, cloned];
  const asked = { rpId: 'device.local', challenge: CHALLENGE, known };
  const made = creationOptions({ ...asked, device: 'Hallway', account: 'owner', userId: 'dXNlcg' });
  assert.equal(made.authenticatorSelection.userVerification, 'required');
  assert.equal(made.attestation, 'none');
  assert.deepEqual(made.excludeCredentials, [{ type: 'public-key', id: PASSKEY.id }]);
  const wanted = requestOptions(asked);
  assert.equal(wanted.userVerification, 'required');
  assert.deepEqual(wanted.allowCredentials, [{ type: 'public-key', id: PASSKEY.id }]);
});

test('takes-a-counter-that-goes-back-for-a-clone-and-never-takes-that-passkey-again', () => {
  let factors: Factors = { passkeys: [PASSKEY] };
  const use = (counter: number) => {
    const { state, effects } = decideFactors(factors, { kind: 'passkey-given', id: PASSKEY.id, counter }, 0);
    factors = state;
    return effects.map((effect) => effect.kind);
  };
  assert.deepEqual(use(5), ['accepted']);
  assert.deepEqual(use(5), ['clone', 'refused']);
  assert.deepEqual(use(6), ['refused'], 'nobody knows which of the two it is');
  assert.equal(factors.passkeys[0]?.counter, 5);
});

test('lets-a-passkey-without-a-counter-be', () => {
  const given = { kind: 'passkey-given', id: PASSKEY.id, counter: 0 } as const;
  const { state, effects } = decideFactors({ passkeys: [PASSKEY] }, given, 0);
  assert.deepEqual(effects, [{ kind: 'accepted', by: 'passkey' }]);
  assert.deepEqual(state.passkeys, [PASSKEY]);
});

test('keeps-each-passkey-once-and-no-more-than-people-have', () => {
  let factors = NO_FACTORS;
  for (let at = 0; at < MAX_PASSKEYS; at++)
    factors = decideFactors(factors, { kind: 'passkey-confirmed', passkey: { ...PASSKEY, id: `k${at}` } }, 0).state;
  const again = (id: string) =>
    decideFactors(factors, { kind: 'passkey-confirmed', passkey: { ...PASSKEY, id } }, 0).effects;
  assert.deepEqual(again('k0'), [{ kind: 'refused', because: 'known' }]);
  assert.deepEqual(again('one more'), [{ kind: 'refused', because: 'full' }]);
  const removed = decideFactors(factors, { kind: 'passkey-removed', id: 'k3' }, 0);
  assert.deepEqual(
    removed.state.passkeys.map(({ id }) => id),
    ['k0', 'k1', 'k2', 'k4', 'k5', 'k6', 'k7'],
  );
  assert.deepEqual(decideFactors(factors, { kind: 'passkey-removed', id: 'k9' }, 0).state, factors);
});
