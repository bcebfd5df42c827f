import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { topicsOf } from '@hearthward/protocol';
import declaration from '@hearthward/example-hub';
import { hub } from '@hearthward/example-hub/hub';
import { startLine, UNIT_ADDRESS, type Line, type Unit } from '../src/line.ts';

/** Programs of others against every TLS port of a running line: what they find is none, or explained here. */

const isThere = (program: string): boolean => {
  try {
    execFileSync('sh', ['-c', `command -v ${program}`], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
};
const skipWithout = (program: string) => (isThere(program) ? {} : { skip: `${program} is not installed` });

interface Ran {
  readonly code: number;
  readonly out: string;
}
const run = (program: string, args: readonly string[], input = ''): Promise<Ran> =>
  new Promise((resolve) => {
    const child = execFile(program, [...args], { timeout: 30_000 }, (error, stdout, stderr) => {
      const code = typeof error?.code === 'number' ? error.code : error ? -1 : 0;
      resolve({ code, out: stdout + stderr });
    });
    child.stdin?.end(input);
  });

interface Port {
  readonly name: 'panel' | 'site' | 'enrolment' | 'messages';
  readonly at: string;
  /** asks clients for a certificate */
  readonly mutual: boolean;
}

/** Findings of medium weight or more that stay, each with the reason; one that is not found any more fails the test. */
const EXPLAINED: Readonly<Record<string, string>> = {
  'panel: certificate vouches for itself':
    'people compare its fingerprint with the label; no public authority certifies a device in a home',
  'panel: certificate lasts longer than 398 days':
    'the product outlives it otherwise, and would lock its owner out; what is pinned is the fingerprint',
  'panel: TLS 1.2': 'browsers of old phones at home; forward secrecy and authenticated encryption alone',
  'site: TLS 1.2':
    'the public pages and the console are for everybody’s browser; forward secrecy and authenticated encryption alone',
};

/** The rules by which a report of sslscan is read; what is not here it says of a server that is in order. */
const findingsIn = (xml: string): readonly string[] => {
  const found: string[] = [];
  const tags = (name: string): readonly Record<string, string>[] =>
    [...xml.matchAll(new RegExp(`<${name}\\b([^>]*)>`, 'g'))].map(([, inside = '']) =>
      Object.fromEntries([...inside.matchAll(/(\w+)="([^"]*)"/g)].map(([, key = '', value = '']) => [key, value])),
    );
  const text = (name: string): string => new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1] ?? '';
  for (const { type, version, enabled } of tags('protocol'))
    if (enabled === '1' && version !== '1.3') found.push(`${type?.toUpperCase()} ${version}`);
  if (tags('renegotiation').some(({ supported, secure }) => supported === '1' && secure !== '1'))
    found.push('renegotiation without protection');
  if (tags('compression').some(({ supported }) => supported === '1')) found.push('compression');
  if (tags('heartbleed').some(({ vulnerable }) => vulnerable === '1')) found.push('heartbleed');
  for (const { cipher = '', strength = '', sslversion } of tags('cipher')) {
    const forward = sslversion === 'TLSv1.3' || /^(?:EC)?DHE-/.test(cipher);
    const sealed = /GCM|POLY1305|CCM/.test(cipher);
    if (!forward || !sealed || !['strong', 'acceptable'].includes(strength)) found.push(`suite ${cipher}`);
  }
  if (text('self-signed') === 'true') found.push('certificate vouches for itself');
  if (text('expired') === 'true') found.push('certificate has ended');
  if (/md5|sha1(?!\d)/i.test(text('signature-algorithm'))) found.push(`signature ${text('signature-algorithm')}`);
  const days = (Date.parse(text('not-valid-after')) - Date.parse(text('not-valid-before'))) / 86_400_000;
  if (!(days <= 398)) found.push('certificate lasts longer than 398 days');
  if (Number(tags('pk')[0]?.['bits'] ?? 0) < 112) found.push('weak key');
  return found;
};

describe('programs of others', { timeout: 400_000 }, () => {
  const dir = mkdtempSync(join(tmpdir(), 'scanners-'));
  let line: Line;
  let unit: Unit;
  let ports: readonly Port[] = [];
  before(async () => {
    line = await startLine({ dir, declaration, product: hub });
    unit = await line.startUnit('scanned');
    const { https, enrolment, mqtts } = line.services.addresses;
    ports = [
      { name: 'panel', at: `${UNIT_ADDRESS}:${unit.port}`, mutual: false },
      { name: 'site', at: `${https.address}:${https.port}`, mutual: false },
      { name: 'enrolment', at: `${enrolment.address}:${enrolment.port}`, mutual: true },
      { name: 'messages', at: `${mqtts.address}:${mqtts.port}`, mutual: true },
    ];
  });
  after(async () => {
    await unit?.stop();
    await line?.stop();
    rmSync(dir, { recursive: true, force: true });
  });
  const bench = () => ({ cert: join(dir, 'bench.crt'), key: join(dir, 'bench.key'), roots: join(dir, 'roots.pem') });

  it('sslscan finds nothing of medium weight or more that is not explained', skipWithout('sslscan'), async () => {
    const { cert, key } = bench();
    const found: string[] = [];
    for (const { name, at, mutual } of ports) {
      const { out } = await run('sslscan', [
        '--xml=-',
        '--no-colour',
        ...(mutual ? [`--certs=${cert}`, `--pk=${key}`] : []),
        at,
      ]);
      assert.match(out, /<protocol type="tls" version="1.3" enabled="1"/, `${name} was not scanned: ${out}`);
      found.push(...findingsIn(out).map((finding) => `${name}: ${finding}`));
    }
    assert.deepEqual([...new Set(found)].sort(), Object.keys(EXPLAINED).sort());
  });

  it('the rules that read its report find what is bad', () => {
    const bad = `<protocol type="ssl" version="3" enabled="1" /><heartbleed sslversion="TLSv1.2" vulnerable="1" />
      <cipher status="accepted" sslversion="TLSv1.2" cipher="AES128-SHA" strength="weak" /><compression supported="1" />
      <renegotiation supported="1" secure="0" /><pk error="false" type="RSA" bits="80" /><self-signed>true</self-signed>
      <expired>true</expired><signature-algorithm>sha1WithRSAEncryption</signature-algorithm>`;
    assert.equal(findingsIn(bad).length, 10);
  });

  it(
    'openssl gets TLS 1.3 with the right roots, and nothing older from what is for devices',
    skipWithout('openssl'),
    async () => {
      const { cert, key, roots } = bench();
      const shake = (at: string, more: readonly string[]) =>
        run('openssl', ['s_client', '-connect', at, '-CAfile', roots, '-brief', ...more], '');
      for (const { name, at, mutual } of ports) {
        const own = mutual ? ['-cert', cert, '-key', key] : [];
        const good = await shake(at, own);
        assert.match(good.out, /Protocol version: TLSv1\.3/, name);
        if (name !== 'panel') assert.match(good.out, /Verification: OK/, name);
        for (const version of ['-tls1_1', ...(mutual ? ['-tls1_2'] : [])])
          assert.doesNotMatch((await shake(at, [...own, version])).out, /Protocol version:/, `${name} ${version}`);
        const old = await shake(at, [...own, '-cipher', 'AES128-SHA:AES256-SHA', '-tls1_2']);
        assert.doesNotMatch(old.out, /Protocol version:/, `${name}: a suite without forward secrecy`);
        // 0-RTT could be replayed (RFC 8446, 8): a ticket says how much of it is taken
        const early = await run('openssl', ['s_client', '-connect', at, '-CAfile', roots, ...own], 'Q\n');
        assert.doesNotMatch(early.out, /Max Early Data: [1-9]/, `${name}: early data`);
      }
    },
  );

  it(
    'mosquitto’s clients get in with a certificate, to their own topics alone',
    skipWithout('mosquitto_pub'),
    async () => {
      const { cert, key, roots } = bench();
      const { port } = line.services.addresses.mqtts;
      const deviceId = /CN=(\w+)/.exec(new X509Certificate(readFileSync(cert)).subject)?.[1] ?? '';
      const to = ['-h', 'localhost', '-p', String(port), '-V', 'mqttv311', '-q', '1', '--cafile', roots];
      const as = [...to, '--cert', cert, '--key', key];
      const message = (seq: number) =>
        JSON.stringify({ v: 1, seq, at: new Date().toISOString(), kind: 'device-started', detail: {} });
      const stored = async (source: 'device' | 'services', kind: string) =>
        (
          await line.services.store.db
            .selectFrom('events')
            .select('kind')
            .where('device_id', '=', deviceId)
            .where('source', '=', source)
            .where('kind', '=', kind)
            .execute()
        ).length;

      const own = await run('mosquitto_pub', [...as, '-t', topicsOf(deviceId).events, '-m', message(1)]);
      assert.deepEqual([own.code, await stored('device', 'device-started')], [0, 1], own.out);
      const foreign = ['timeout', '5', 'mosquitto_pub', ...as, '-t', topicsOf('d0c0ffee99').events, '-m', message(2)];
      await run(foreign[0] ?? '', foreign.slice(1));
      assert.deepEqual(
        [await stored('device', 'device-started'), (await stored('services', 'topic-refused')) > 0],
        [1, true],
      );
      const stranger = await run('mosquitto_pub', [...to, '-t', topicsOf(deviceId).events, '-m', message(3)]);
      assert.notEqual(stranger.code, 0);
      const listening = await run('mosquitto_sub', [...as, '-t', topicsOf(deviceId).down, '-W', '1']);
      // 27: nothing came in time, and the subscription held until then
      assert.equal(listening.code, 27, listening.out);
      const nosy = await run('timeout', ['5', 'mosquitto_sub', ...as, '-t', 'hearthward/1/+/telemetry', '-W', '2']);
      assert.notEqual(nosy.code, 27, 'a subscription to everybody’s topics held');
      assert.equal(await stored('device', 'device-started'), 1);
    },
  );
});
