import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CODES, rows } from '@hearthward/standards';
import { claims, ics, icsOf, ixit, ixitTables, mudFile, notice, noticeData } from '../src/index.ts';
import { example, TODAY } from './examples.ts';

describe('the claimed conformance statement', () => {
  test('has every row of every code, none twice, and a reason wherever support is not Y', async () => {
    for (const name of ['hub', 'window-sensor'] as const) {
      const statement = ics(await example(name));
      for (const code of CODES) {
        assert.deepEqual(
          statement[code].map((row) => row.ref),
          rows(code).map((row) => row.ref),
        );
        for (const row of statement[code]) assert.equal(row.support === 'Y', row.reason === undefined, row.ref);
      }
    }
  });

  test('takes N/A from a false condition alone, and says which fact made it false', async () => {
    const row = icsOf(await example('hub'), 'etsi-en-303-645@2.1.1').find(({ ref }) => ref === '5.3-14');
    assert.equal(row?.support, 'N/A');
    assert.match(row?.reason ?? '', /"constrained" is false: declared false \(\/product\/constrained\)/);
  });

  test('leaves a row undetermined where a fact is unknown, never N/A', async () => {
    const hub = await example('hub');
    hub.interfaces = [];
    const row = icsOf(hub, 'etsi-en-303-645@2.1.1').find(({ ref }) => ref === '5.6-4');
    assert.equal(row?.support, 'undetermined');
    assert.match(row?.reason ?? '', /unknown: no interface is declared/);
  });

  test('does not believe an N/A that the facts contradict', async () => {
    const hub = await example('hub');
    (hub.rows['etsi-en-303-645@2.1.1'] ??= {})['5.13-1'] = { support: 'N/A', reason: 'no time' };
    const row = icsOf(hub, 'etsi-en-303-645@2.1.1').find(({ ref }) => ref === '5.13-1');
    assert.equal(row?.support, 'N');
  });

  test('an update mechanism makes its rows apply', async () => {
    const hub = await example('hub');
    const without = { ...hub, updateMechanisms: [] };
    assert.equal(icsOf(without, 'mcmc-g044@2023').find(({ ref }) => ref === '6.3.7')?.support, 'N/A');
    assert.equal(icsOf(hub, 'mcmc-g044@2023').find(({ ref }) => ref === '6.3.7')?.support, 'Y');
  });

  test('names a mandatory row that is declared N as a non-conformity, a recommendation not', async () => {
    const listed = claims(await example('hub'));
    const of = (ref: string) => listed.find((claim) => claim.code === 'etsi-en-303-645@2.1.1' && claim.ref === ref);
    assert.equal(of('5.3-8')?.nonConformity, true);
    assert.equal(of('5.10-1')?.nonConformity, false);
    assert.equal(of('5.13-1'), undefined);
  });
});

describe('the MUD file (RFC 8520)', () => {
  interface Ace {
    readonly name: string;
    readonly matches: Record<string, any>;
    readonly actions: { readonly forwarding: string };
  }
  interface Mud {
    readonly 'ietf-mud:mud': Record<string, any>;
    readonly 'ietf-access-control-list:acls': {
      readonly acl: readonly {
        readonly name: string;
        readonly type: string;
        readonly aces: { readonly ace: readonly Ace[] };
      }[];
    };
  }
  const made = async (name: 'hub' | 'window-sensor', hosts?: Record<string, string>) =>
    mudFile(await example(name), { today: TODAY, ...(hosts ? { hosts } : {}) }) as unknown as Mud;

  test('every list that a policy names exists, in both directions and both families', async () => {
    const mud = await made('hub');
    const lists = mud['ietf-access-control-list:acls'].acl.map((acl) => acl.name);
    const named = ['from-device-policy', 'to-device-policy'].flatMap((policy) =>
      mud['ietf-mud:mud'][policy]['access-lists']['access-list'].map((list: { name: string }) => list.name),
    );
    assert.deepEqual(new Set(named), new Set(lists));
    assert.equal(new Set(lists).size, 4);
    assert.equal(mud['ietf-mud:mud']['is-supported'], true);
  });

  test('opens the declared ports and no other', async () => {
    const hosts = { enrolment: 'enrolment.example.com', messages: 'messages.example.com', site: 'www.example.com' };
    const mud = await made('hub', hosts);
    const [from, to] = ['hub-ipv4-from', 'hub-ipv4-to'].map((name) =>
      mud['ietf-access-control-list:acls'].acl.find((acl) => acl.name === name),
    );
    const out = from?.aces.ace.filter((ace) => ace.matches['tcp']['destination-port']);
    assert.deepEqual(
      out?.map((ace) => [ace.matches['ipv4']['ietf-acldns:dst-dnsname'], ace.matches['tcp']['destination-port'].port]),
      [
        ['enrolment.example.com', 8443],
        ['messages.example.com', 8883],
        ['www.example.com', 443],
        // where it leads is for the home to say
        [undefined, 6514],
      ],
    );
    assert.deepEqual(out?.at(-1)?.matches['ietf-mud:mud'], { 'my-controller': [null] });
    const into = to?.aces.ace.filter((ace) => ace.matches['tcp']['destination-port']);
    assert.deepEqual(
      into?.map((ace) => [ace.matches['ietf-mud:mud'], ace.matches['tcp']['destination-port'].port]),
      [[{ 'local-networks': [null] }, 443]],
    );
    for (const acl of mud['ietf-access-control-list:acls'].acl) {
      for (const ace of acl.aces.ace) assert.equal(ace.actions.forwarding, 'accept');
    }
  });

  test('of a device without IP lets nothing through', async () => {
    const mud = await made('window-sensor');
    assert.deepEqual(
      mud['ietf-access-control-list:acls'].acl.flatMap((acl) => acl.aces.ace),
      [],
    );
  });

  test('says when support has ended', async () => {
    const mud = mudFile(await example('hub'), { today: '2033-01-01' }) as unknown as Mud;
    assert.equal(mud['ietf-mud:mud']['is-supported'], false);
  });
});

describe('the information tables (IXIT)', () => {
  test('are 29, numbered 1 to 29, each there', async () => {
    const tables = ixitTables(await example('hub'));
    assert.deepEqual(
      Object.keys(tables).map((name) => Number.parseInt(name, 10)),
      Array.from({ length: 29 }, (_, n) => n + 1),
    );
    assert.equal(tables['9-ReplSup'].length, 0);
    assert.equal(tables['2-UserInfo'].length, 1);
    assert.equal(ixitTables(await example('window-sensor'))['9-ReplSup'].length, 1);
  });

  test('as Markdown have a heading each, and text cannot break out of its cell', async () => {
    const hub = await example('hub');
    hub.interfaces[0]!.purpose = 'a | b\n\n# <script>';
    const text = ixit(hub, 'md');
    assert.equal(text.match(/^## \d+-\w+$/gm)?.length, 29);
    assert.match(text, /a \\\| b \\# \\<script\\>/);
  });

  test('as JSON carry what was declared', async () => {
    const hub = await example('hub');
    const read = JSON.parse(ixit(hub, 'json')) as { tables: Record<string, unknown> };
    assert.deepEqual(read.tables['24-TelData'], hub.telemetryData);
  });
});

describe('the privacy notice', () => {
  test('names every sensor, every personal-data item and every field, in each language', async () => {
    const hub = await example('hub');
    for (const language of ['en', 'ms'] as const) {
      const text = notice(hub, language, 'md');
      for (const row of [...hub.externalSensors, ...hub.personalData, ...hub.telemetryData]) {
        assert.ok(text.includes(row.name[language] ?? row.name.en), `${language}: ${row.id}`);
      }
    }
    assert.match(notice(hub, 'ms', 'md'), /^# Notis privasi: Hab Rumah HH-100/);
  });

  test('tells of each item by whom, for how long, for whom, and how consent is withdrawn', async () => {
    const data = noticeData(await example('hub'), 'en');
    const usage = data.personalData.find((item) => item.id === 'usage-statistics');
    assert.equal(usage?.legalBasis, 'your consent');
    assert.match(usage?.consent?.withdraw ?? '', /privacy page/);
    assert.equal(usage?.retentionDays, 30);
    assert.deepEqual(usage?.sent, ['lamp']);
    assert.match(notice(await example('hub'), 'en', 'md'), /Passed on to: nobody/);
  });

  test('as JSON is the same data', async () => {
    const hub = await example('hub');
    assert.deepEqual(JSON.parse(notice(hub, 'ms', 'json')), noticeData(hub, 'ms'));
  });
});
