import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Value } from 'typebox/value';
import * as fc from 'fast-check';
import {
  consentReceipt,
  NoticeDocument,
  notice,
  noticeData,
  noticeDocument,
  noticeVersion,
  versionOfNotice,
  type ConsentRecord,
  type Declaration,
} from '../src/index.ts';
import { canonicalJson } from '../src/derive/notice/document.ts';
import { NOTICE_WORDS } from '../src/derive/notice/words.ts';
import { example } from './examples.ts';

const withParties = async (): Promise<Declaration> => {
  const hub = await example('hub');
  const [usage] = hub.personalData.filter(({ id }) => id === 'usage-statistics');
  assert.ok(usage?.consent);
  usage.recipients.push('Example Adverts', 'Example Statistics');
  const party = {
    purpose: { en: 'To count.', ms: 'Untuk mengira.' },
    items: [usage.id],
    erases: { how: 'by-request', withinDays: 7 },
  } as const;
  hub.dataParties = [
    { ...party, id: 'adverts', name: 'Example Adverts', role: 'advertiser', where: ['SG'], items: [usage.id] },
    { ...party, id: 'counts', name: 'Example Statistics', role: 'third-party', where: ['DE'], items: [usage.id] },
  ];
  return hub;
};

describe('what the notice says is named by what it says', () => {
  test('a release of the software changes nothing of it, nor does another program that writes it', async () => {
    const hub = await example('hub');
    const version = noticeVersion(hub);
    assert.match(version, /^[0-9a-f]{16}$/);
    hub.product.softwareVersion = '9.9.9';
    hub.support.until = '2039-12-31';
    assert.equal(noticeVersion(hub), version);
    const document = noticeDocument(hub);
    assert.ok(Value.Check(NoticeDocument, document));
    const shuffled = Object.fromEntries(Object.entries(document).reverse()) as NoticeDocument;
    assert.equal(versionOfNotice(shuffled), version);
    assert.equal(noticeData(hub, 'en').version, noticeData(hub, 'ms').version);
  });

  test('each fact that a person is told changes it', async () => {
    const changes: readonly ((it: Declaration) => unknown)[] = [
      (it) => (it.personalData[1]!.retentionDays = 31),
      (it) => (it.personalData[1]!.sensitive = true),
      (it) => (it.personalData[1]!.of = 'person'),
      (it) => it.personalData[1]!.recipients.push('Example Brokers'),
      (it) => (it.personalData[1]!.purpose = { en: 'To sell it.' }),
      (it) => (it.personalData[2]!.consent!.withinSeconds = 3600),
      (it) => (it.telemetryData[0]!.step = 0.1),
      (it) => (it.telemetryData[4]!.personalData = 'usage-statistics'),
      (it) => (it.externalSensors[0]!.senses = { en: 'Who is at home' }),
      (it) => (it.associatedServices[1]!.countries = ['US']),
      (it) => (it.translations!.ms['usage'] = 'guna'),
    ];
    const versions = new Set([noticeVersion(await example('hub'))]);
    for (const change of changes) {
      const hub = await example('hub');
      change(hub);
      versions.add(noticeVersion(hub));
    }
    assert.equal(versions.size, changes.length + 1);
  });

  test('the canonical form is that of RFC 8785: it reads as the same, whatever the order of names', () => {
    assert.equal(canonicalJson({ b: [1e21, 0.5], a: '\u20ac\n', c: undefined }), '{"a":"\u20ac\\n","b":[1e+21,0.5]}');
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        const reversed = Object.fromEntries(Object.entries(value).reverse());
        assert.equal(canonicalJson(reversed), canonicalJson(value));
        assert.equal(canonicalJson(JSON.parse(canonicalJson(value))), canonicalJson(value));
      }),
    );
  });
});

describe('the words of the notice', () => {
  test('are there in every language, and none is left in English', () => {
    const flat = (value: unknown): readonly string[] => {
      if (typeof value === 'function') return [String(value(0)), String(value(1)), String(value(2))];
      return typeof value === 'object' && value !== null ? Object.values(value).flatMap(flat) : [String(value)];
    };
    const [english, malay] = [flat(NOTICE_WORDS.en), flat(NOTICE_WORDS.ms)];
    assert.equal(english.length, malay.length);
    for (const [n, text] of english.entries()) {
      assert.notEqual(text.trim(), '');
      assert.notEqual(malay[n]?.trim(), '');
      // spelt alike in both
      if (text !== 'sensitive') assert.notEqual(malay[n], text);
    }
  });
});

describe('who has it', () => {
  test('an advertiser is called one, in the countries where it is', async () => {
    const hub = await withParties();
    const usage = noticeData(hub, 'en').personalData.find(({ id }) => id === 'usage-statistics');
    assert.deepEqual(usage?.advertisers, ['Example Adverts']);
    assert.deepEqual(usage?.recipients, ['Example Statistics']);
    assert.deepEqual(usage?.countries, ['Germany', 'Malaysia', 'Singapore']);
    assert.match(notice(hub, 'en', 'md'), /Advertisers who get it: Example Adverts\n/);
    assert.match(notice(hub, 'ms', 'md'), /Example Adverts\*\* \(pengiklan\): Singapura/);
  });

  test('that there is no advertiser is said, and what stays at home is in no country', async () => {
    const text = notice(await example('hub'), 'en', 'md');
    assert.equal([...text.matchAll(/Advertisers who get it: nobody\n/g)].length, 3);
    assert.deepEqual(noticeData(await example('hub'), 'en').personalData[0]?.countries, []);
  });
});

describe('the receipt of a consent', () => {
  const record: ConsentRecord = {
    id: 'AAAAAAAAAAAAAAAAAAAAAA',
    subject: 'BBBBBBBBBBBBBBBBBBBBBB',
    item: 'usage-statistics',
    given: true,
    by: 'self',
    how: 'privacy-page',
    at: '2026-11-21T12:00:00.000Z',
    notice: '0123456789abcdef',
    language: 'ms',
    n: 3,
  };

  test('names what was agreed to, when, for which notice, who gets it and how it ends', async () => {
    const hub = await withParties();
    const version = noticeVersion(hub);
    const receipt = consentReceipt(hub, { ...record, notice: version });
    const { pii_processing, events, party_identification, pii_principal_id } = receipt?.consent_record ?? {};
    assert.equal(pii_principal_id, record.subject);
    assert.equal(pii_processing?.privacy_notice, `/products/hh-100/privacy?version=${version}`);
    const [purpose] = pii_processing?.purposes ?? [];
    assert.match(purpose?.purpose ?? '', /^Untuk mengetahui/);
    assert.deepEqual(purpose?.recipient_third_parties, ['adverts', 'counts']);
    assert.match(purpose?.withdrawal_method ?? '', /^dimatikan/);
    assert.equal(purpose?.withdrawal_effective_within, 10);
    assert.deepEqual(
      party_identification?.map(({ party_type }) => party_type),
      ['manufacturer', 'advertiser', 'third-party'],
    );
    assert.deepEqual(
      events?.map(({ event_state, event_time }) => [event_state, event_time]),
      [['given', record.at]],
    );
  });

  test('of an older notice it names the version, and says nothing that may have been otherwise then', async () => {
    const receipt = consentReceipt(await withParties(), record)?.consent_record;
    assert.equal(receipt?.pii_processing.privacy_notice, '/products/hh-100/privacy?version=0123456789abcdef');
    const [purpose] = receipt?.pii_processing.purposes ?? [];
    assert.deepEqual(Object.keys(purpose ?? {}).sort(), [
      'privacy_rights',
      'purpose_type',
      'withdrawal_effective_within',
      'withdrawal_method',
    ]);
    assert.deepEqual(
      receipt?.party_identification.map(({ party_type }) => party_type),
      ['manufacturer'],
    );
  });

  test('a withdrawal has one as well, and what rests on no consent has none', async () => {
    const hub = await example('hub');
    const withdrawn = consentReceipt(hub, { ...record, given: false, by: 'guardian' });
    assert.equal(withdrawn?.consent_record.events[0]?.event_state, 'withdrawn');
    assert.equal(withdrawn?.consent_record.events[0]?.entity_id, 'guardian');
    assert.equal(consentReceipt(hub, { ...record, item: 'room-climate' }), undefined);
    assert.equal(consentReceipt(hub, { ...record, item: 'nothing' }), undefined);
  });
});
