import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import {
  keysById,
  newRecipientKey,
  nothingSeen,
  openRecord,
  publicOf,
  recipientNow,
  sealParcel,
  SIGNATURES,
  type Subject,
  type TelemetryMessage,
} from '@hearthward/protocol';
import { openHeld } from '../../src/operators/held.ts';
import { csvExport, jsonExport } from '../../src/privacy/account/export.ts';
import { devicesFrom } from '../../src/privacy/account/holdings.ts';
import { openPassing } from '../../src/privacy/passing.ts';
import { sortMessage } from '../../src/privacy/kept/sort.ts';
import { readTelemetry } from '../../src/telemetry/validate.ts';
import { DEVICE, START, useKept } from './kept-bench.ts';
import { sealedDeclaration, SUITE } from './sealed-bench.ts';

/** EN 303 645 5.8-2, G044 6.8.2: what a party alone can read lies at the services unread, and comes no other way. */

const own = newRecipientKey(SUITE);
const declaration = sealedDeclaration([publicOf(own)]);
const recipient = recipientNow(declaration.dataParties?.[0]?.sealingKeys ?? [], START);
const sender = generateKeyPairSync(SIGNATURES.ed25519.key.type).privateKey;
const PLANTED = 86_712_093_551;
const parcel = (subject: Subject, n = 1, at = START) => {
  assert.ok(recipient);
  const place = { product: 'hub', item: 'presence', subject };
  const said = { at: new Date(at).toISOString(), fields: { movements: PLANTED } };
  return sealParcel({ party: 'care', recipient }, place, n, said, sender);
};
const message = (more: Partial<TelemetryMessage>): TelemetryMessage => ({
  v: 1,
  seq: 1,
  at: new Date(START).toISOString(),
  fields: {},
  ...more,
});
const read = (more: Partial<TelemetryMessage>) => {
  const got = readTelemetry(Buffer.from(JSON.stringify(message(more))), declaration);
  return got.ok ? 'read' : got.code;
};

describe('an item that is sealed to a party', () => {
  const { on, open, close, begin, allBytes } = useKept();
  const send = async (more: Partial<TelemetryMessage>) =>
    on.ingest.telemetry(DEVICE, sortMessage(message(more), declaration), START);
  const reopened = async () => {
    await close();
    await open([declaration]);
  };

  it('is refused where it comes readable, to somebody else, of nobody, or where nothing is declared as sealed', () => {
    const subject = 'A'.repeat(22);
    const sealed = { presence: parcel(subject) };
    const of = { presence: subject };
    assert.equal(read({ fields: { temperature: 20 }, of, sealed }), 'read');
    assert.equal(read({ fields: { movements: PLANTED }, of }), 'value-not-sealed');
    assert.equal(read({ fields: { movements: PLANTED }, of, sealed }), 'value-not-sealed');
    assert.equal(read({ sealed }), 'sealed-undeclared');
    assert.equal(read({ of, sealed: { presence: { ...sealed.presence, to: 'broker' } } }), 'sealed-undeclared');
    assert.equal(read({ of: { climate: subject }, sealed: { climate: sealed.presence } }), 'sealed-undeclared');
    assert.equal(read({ of, sealed: { presence: { ...sealed.presence, sealed: '!' } } }), 'message-invalid');
    assert.equal(read({ of, sealed: { presence: { ...sealed.presence, more: 1 } as never } }), 'message-invalid');
  });

  it('lies under the person’s key as the device sealed it, once, and with its value in no byte of any file', async () => {
    await reopened();
    const subject = await begin(['presence', 'climate']);
    const sealed = { presence: parcel(subject) };
    const of = { presence: subject, climate: subject };
    assert.equal(await send({ fields: { temperature: 20 }, of, sealed }), 'stored');
    assert.equal(await send({ fields: { temperature: 20 }, of, sealed }), 'seen-before');
    const rows = [];
    const wanted = { productId: 'hub', items: ['presence'], since: 0 };
    for await (const row of on.privacy.data.of([subject], wanted)) rows.push(row);
    assert.deepEqual(rows, [{ subject, item: 'presence', at: START, seq: 1, fields: {}, sealed: sealed.presence }]);
    await close();
    const bytes = await allBytes();
    assert.ok(bytes.length > 10_000);
    for (const text of [String(PLANTED), 'movements', sealed.presence.sealed.slice(0, 40)])
      assert.ok(!bytes.includes(text), text);
    await open([declaration]);
  });

  it('is not kept of somebody who is blocked or gone, sealed or not', async () => {
    await reopened();
    const [one, two] = [await begin(['presence']), await begin(['presence'])];
    await on.privacy.vault.block([one], true);
    await on.privacy.vault.end([two], 'B'.repeat(22));
    for (const subject of [one, two]) await send({ of: { presence: subject }, sealed: { presence: parcel(subject) } });
    assert.deepEqual(await on.privacy.data.partitions.live(), []);
    assert.deepEqual(
      on.told.map(([, subject]) => subject),
      [two],
    );
  });

  it('is handed to the person and to an operator as what it is, with who can open it', async () => {
    await reopened();
    const subject = await begin(['presence']);
    const sealed = parcel(subject);
    await send({ of: { presence: subject }, sealed: { presence: sealed } });
    const registry = { find: async () => ({ productId: 'hub', serial: 'S1' }) as never };
    const devices = await devicesFrom(
      { store: on.store, vault: on.privacy.vault, registry, declarations: [declaration] },
      [subject],
    );
    const all = { kept: on.privacy.data, devices, consents: [], now: START };
    const json = JSON.parse((await Array.fromAsync(jsonExport(all))).join('')) as {
      devices: { items: { sealedTo: string; values: unknown[] }[] }[];
    };
    assert.deepEqual(json.devices[0]?.items[0]?.sealedTo, 'Example Care');
    assert.deepEqual(json.devices[0]?.items[0]?.values, [{ at: new Date(START).toISOString(), sealed }]);
    const csv = (await Array.fromAsync(csvExport(all))).join('');
    assert.match(csv, /sealed to Example Care: /);
    const held = openHeld({ ...on, clock: { now: () => START }, declarations: [declaration] });
    const answer = await held(DEVICE, { who: 'Alice', why: 'request 12, access' });
    assert.ok(answer.type === 'held');
    assert.deepEqual(answer.values, [
      { field: 'presence', at: new Date(START).toISOString(), value: sealed.sealed, sealedTo: 'care' },
    ]);
  });

  it('is passed on to its party, in the order of its numbers, without who is blocked, gone or took consent back', async () => {
    const asking = sealedDeclaration([publicOf(own)]);
    asking.personalData = asking.personalData.map((item) =>
      item.id === 'presence' ? { ...item, legalBasis: 'consent' } : item,
    );
    await close();
    await open([asking]);
    const people = [await begin(['presence']), await begin(['presence']), await begin(['presence'])] as const;
    const [given, withdrawn, blocked] = people;
    const consent = (subject: Subject, n: number, yes: boolean) =>
      on.privacy.consents.decide(
        DEVICE,
        {
          kind: 'consent',
          subject,
          item: 'presence',
          given: yes,
          by: 'self',
          how: 'set-up',
          notice: '0123456789abcdef',
          language: 'en',
          n,
        },
        START,
      );
    for (const subject of people) await consent(subject, 1, true);
    for (const [seq, n] of [3, 1, 2].entries())
      for (const subject of people) {
        const sealed = { presence: parcel(subject, n, START) };
        await on.ingest.telemetry(
          DEVICE,
          sortMessage(message({ seq: seq * 10 + people.indexOf(subject), of: { presence: subject }, sealed }), asking),
          START,
        );
      }
    await consent(withdrawn, 2, false);
    await on.privacy.vault.block([blocked], true);
    const pass = openPassing({ ...on.privacy, store: on.store, clock: { now: () => START }, declarations: [asking] });
    const file = join(on.dir, 'care.jsonl');
    const wanted = { type: 'pass-sealed', party: 'care', out: file, who: 'Alice', why: 'weekly, by contract' } as const;
    assert.deepEqual(await pass(wanted), { type: 'passed-on', records: 3, subjects: 1 });
    assert.equal(statSync(file).mode & 0o777, 0o600);
    const lines = readFileSync(file, 'utf8').trim().split('\n');
    const seen = nothingSeen();
    for (const [index, line] of lines.entries()) {
      const got = openRecord(JSON.parse(line), keysById([own]), seen);
      assert.ok(got.ok);
      assert.deepEqual([got.record.subject, got.record.parcel.n, got.missing], [given, index + 1, 0]);
    }
    assert.ok(!lines.join('').includes(String(PLANTED)));
    const [record] = await on.store.db
      .selectFrom('audit')
      .selectAll()
      .where('action', '=', 'personal-data-passed-on')
      .execute();
    assert.deepEqual([record?.actor, record?.subject], ['Alice', 'care']);
    assert.match(record?.detail ?? '', /weekly, by contract/);
    const refusals = [
      await pass({ ...wanted, party: 'broker' }),
      await pass({ ...wanted, why: 'weekly' }),
      await pass({ ...wanted, since: 'yesterday' }),
      await pass({ ...wanted, out: 'care.jsonl' }),
      await pass({ ...wanted, out: join(on.dir, 'more.jsonl') }, 2),
    ];
    assert.deepEqual(
      refusals.map((each) => each.type === 'refused' && each.code),
      ['party-unknown', 'reason-missing', 'date-refused', 'path-refused', 'too-many'],
    );
    await assert.rejects(pass(wanted), { code: 'EEXIST' });
  });
});
