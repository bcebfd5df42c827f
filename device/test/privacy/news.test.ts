import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MAX_MESSAGE_BYTES, type Confirmation, type PrivacyNews, verifyConfirmation } from '@hearthward/protocol';
import * as fc from 'fast-check';
import { readNews } from '../../src/privacy/news.ts';
import { by, openHome, type HomeBench } from './home.ts';

/** What the services tell: hostile bytes first, and nothing is confirmed by words. */

test('bytes that are no news are not heard', () => {
  const bytes = (value: unknown): Uint8Array => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
  assert.ok(readNews(bytes({ v: 1, n: 1, news: { kind: 'ended', subject: 'A'.repeat(22) } })));
  for (const hostile of [
    '{',
    { v: 2, n: 1, news: { kind: 'ended', subject: 'A'.repeat(22) } },
    { v: 1, n: 0, news: { kind: 'ended', subject: 'A'.repeat(22) } },
    { v: 1, n: 1, news: { kind: 'ended', subject: 'A' } },
    { v: 1, n: 1, news: { kind: 'consent', subject: 'A'.repeat(22), item: 'usage', given: true, n: 9 } },
    { v: 1, n: 1, news: { kind: 'ended', subject: 'A'.repeat(22), more: 1 } },
  ])
    assert.equal(readNews(bytes(hostile)), undefined, JSON.stringify(hostile));
  fc.assert(fc.property(fc.uint8Array({ maxLength: MAX_MESSAGE_BYTES }), (any) => readNews(any) === undefined));
});

const confirmation: Confirmation = {
  payloadType: 'application/vnd.hearthward.erasure+json',
  payload: 'e30=',
  signatures: [{ keyid: 'k', sig: 'c2ln' }],
  certificates: ['none'],
};
const asked = async (
  verify: typeof verifyConfirmation,
): Promise<HomeBench & { readonly id: string; readonly subjects: string[] }> => {
  const home = openHome({ parts: { confirmation: verify } });
  await home.privacy.tick();
  await home.privacy.erase('owner', 0);
  const [erasure] = home.privacy.state().erasures;
  assert.ok(erasure);
  return { ...home, id: erasure.id, subjects: erasure.subjects };
};
const progress = (
  id: string,
  more: Partial<Extract<PrivacyNews['news'], { kind: 'erasure' }>>,
): PrivacyNews['news'] => ({
  kind: 'erasure',
  id,
  subjects: [],
  state: 'under-way',
  places: [{ place: 'keys', state: 'erased', at: '2026-01-10T00:00:00.000Z' }],
  confirmations: [],
  ...more,
});
const last = (home: HomeBench) => home.privacy.state().erasures.at(-1);

test('the word of the services that all is erased confirms nothing without a signature', async () => {
  const home = await asked(verifyConfirmation);
  await home.tell(1, progress(home.id, { state: 'erased' }));
  assert.deepEqual([last(home)?.state, last(home)?.confirmed, last(home)?.places.length], ['waiting', undefined, 1]);
});

test('a-forged-confirmation-is-told-as-forged-and-does-not-count', async () => {
  const home = await asked(verifyConfirmation);
  await home.tell(1, progress(home.id, { state: 'erased', confirmations: [confirmation] }));
  assert.deepEqual([last(home)?.state, last(home)?.confirmed], ['waiting', { what: 'forged' }]);
  assert.ok(home.events.includes('confirmation-forged'));
});

const signed =
  (
    of: () => { readonly id: string; readonly subjects: string[] },
    kind: 'erased' | 'expired' = 'erased',
  ): typeof verifyConfirmation =>
  () => ({
    ok: true,
    signer: { subject: 'CN=x', serial: '01' },
    statement: {
      v: 1,
      kind,
      manufacturer: 'Example Appliances',
      product: 'plug',
      requestedAt: '2026-01-10T00:00:00.000Z',
      at: '2026-01-11T00:00:00.000Z',
      places: [],
      ...of(),
    },
  });

test('a-true-confirmation-of-another-erasure-or-of-other-people-is-none-of-this-one', async () => {
  let of = { id: 'Z'.repeat(22), subjects: ['Y'.repeat(22)] };
  const home = await asked(signed(() => of));
  await home.tell(1, progress(home.id, { state: 'erased', confirmations: [confirmation] }));
  assert.deepEqual(last(home)?.confirmed, { what: 'forged' });
  of = { id: home.id, subjects: home.subjects.slice(1) };
  await home.tell(2, progress(home.id, { state: 'erased', confirmations: [confirmation] }));
  assert.deepEqual([last(home)?.state, last(home)?.confirmed], ['waiting', { what: 'forged' }]);
  of = { id: home.id, subjects: home.subjects };
  await home.tell(3, progress(home.id, { state: 'erased', confirmations: [confirmation] }));
  assert.deepEqual(
    [last(home)?.state, last(home)?.confirmed],
    ['erased', { what: 'erased', at: '2026-01-11T00:00:00.000Z' }],
  );
  of = { id: 'Z'.repeat(22), subjects: [] };
  await home.tell(4, progress(home.id, { state: 'erased', confirmations: [confirmation] }));
  assert.equal(last(home)?.confirmed?.what, 'erased', 'what was shown as confirmed stays so');
});

test('news that was carried out is not carried out again, and is said to be heard', async () => {
  const home = openHome();
  await home.privacy.tick();
  const subject = home.privacy.state().subjects.pseudonyms[0]?.subject ?? '';
  await home.tell(5, { kind: 'ended', subject });
  await home.privacy.tick();
  const after = home.privacy.state().subjects.pseudonyms.length;
  const other = home.privacy.state().subjects.pseudonyms[0]?.subject ?? '';
  await home.tell(5, { kind: 'ended', subject: other });
  assert.equal(home.privacy.state().subjects.pseudonyms.length, after);
  assert.deepEqual(
    home.words().filter(({ kind }) => kind === 'heard'),
    [
      { kind: 'heard', n: 5 },
      { kind: 'heard', n: 5 },
    ],
  );
});

test('asked to tell again, the device says who its people are and what holds, and nothing that does not', async () => {
  const home = openHome();
  await home.privacy.tick();
  await home.privacy.decide({
    asking: { account: 'owner', guardian: false },
    whose: 'owner',
    choices: { usage: true, steps: false },
    how: 'privacy-page',
    language: 'en',
  });
  const said = home.words();
  home.deliver();
  assert.deepEqual(home.words(), []);
  await home.tell(1, { kind: 'tell-again' });
  const again = home.words().filter(({ kind }) => kind === 'subject' || kind === 'consent');
  const consents = again.flatMap((word) => (word.kind === 'consent' ? [[word.item, word.given, word.n]] : []));
  assert.deepEqual(
    consents.toSorted(([one], [other]) => (String(one) < String(other) ? -1 : 1)),
    [
      ['steps', false, 1],
      ['usage', true, 1],
    ],
  );
  const subjects = (words: typeof said) => words.flatMap((word) => (word.kind === 'subject' ? [word.subject] : []));
  assert.deepEqual(new Set(subjects(again)), new Set(subjects(said)));
  assert.ok(home.words().some((word) => word.kind === 'heard' && word.n === 1));
});

test('told that a name is of an earlier enrolment, the device goes on under another, with what was decided, and erases both', async () => {
  const home = openHome();
  await home.privacy.tick();
  await home.privacy.decide(by('owner', { usage: true }));
  const nameOf = () =>
    home.privacy.state().subjects.pseudonyms.find(({ items, until }) => until === undefined && items.includes('usage'))
      ?.subject ?? '';
  const old = nameOf();
  home.deliver();
  await home.tell(1, { kind: 'begin-anew', subject: old });
  const fresh = nameOf();
  assert.ok(fresh !== '' && fresh !== old);
  const said = home.words();
  assert.ok(said.some((word) => word.kind === 'subject' && word.subject === fresh));
  assert.ok(
    said.some((word) => word.kind === 'consent' && word.subject === fresh && word.item === 'usage' && word.given),
  );
  home.send(1);
  assert.equal(home.waiting().at(-1)?.of?.['usage'], fresh);
  // of a name that is not in use, or that nobody has, nothing comes
  const names = home.privacy.state().subjects;
  await home.tell(2, { kind: 'begin-anew', subject: old });
  await home.tell(3, { kind: 'begin-anew', subject: 'Z'.repeat(22) });
  assert.deepEqual(home.privacy.state().subjects, names);
  assert.equal(await home.privacy.erase('owner', 0), undefined);
  const erase = home.words().find(({ kind }) => kind === 'erase');
  assert.ok(erase?.kind === 'erase' && erase.subjects.includes(old) && erase.subjects.includes(fresh));
});
