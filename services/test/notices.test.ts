import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { NoticeDocument, noticeDocument, noticeVersion, versionOfNotice, type Declaration } from '@hearthward/product';
import { Value } from 'typebox/value';
import { decideNotice, heldAs, heldOn, type Published } from '../src/publications/notices/decide.ts';
import { openNotices } from '../src/publications/notices/history.ts';
import { placesOf } from '../src/publications/site.ts';
import { bench, call } from './bench.ts';
import { declarationOf } from './declaration.ts';

const at = (day: string): number => Date.parse(`${day}T12:00:00Z`);
const longer = (days: number, it = structuredClone(declarationOf('hub'))): Declaration => {
  it.personalData[0]!.retentionDays = days;
  return it;
};
const noticeOf = (it: Declaration): Omit<Published, 'from'> => {
  const document = noticeDocument(it);
  return { document, version: versionOfNotice(document) };
};

describe('what the notice said on a day', () => {
  const [first, second] = [longer(30), longer(60)].map(noticeOf);
  assert.ok(first && second);
  const published = [
    { ...first, from: at('2026-03-01') },
    { ...second, from: at('2026-05-01') },
    { ...first, from: at('2026-07-01') },
  ];

  it('is the last that held on it, and none before the first or on a day that no calendar has', () => {
    assert.equal(heldOn(published, '2026-02-28'), undefined);
    assert.equal(heldOn(published, '2026-03-01')?.version, first.version);
    assert.equal(heldOn(published, '2026-05-01')?.version, second.version);
    assert.equal(heldOn(published, '2099-01-01')?.until, undefined);
    for (const hostile of ['2026-02-30', '2026-13-01', '26-05-01', '', '2026-05-01T00', '9'.repeat(5000)])
      assert.equal(heldOn(published, hostile), undefined);
    assert.equal(heldAs(published, second.version)?.until, at('2026-07-01'));
  });

  it('is written only when it says something else, and never before what is there', () => {
    assert.equal(decideNotice(published, first, at('2026-08-01')), undefined);
    assert.equal(decideNotice(published, second, at('2026-08-01'))?.from, at('2026-08-01'));
    assert.equal(decideNotice(published, second, at('2020-01-01'))?.from, at('2026-07-01'));
  });
});

describe('published notices', () => {
  const folder = (): Promise<string> => mkdtemp(join(tmpdir(), 'notices-'));

  it('stay as they were, whatever the declaration says since', async () => {
    const dataDir = await folder();
    try {
      const clock = { now: () => at('2026-03-01') };
      openNotices(dataDir, [longer(30)], clock);
      const file = join(dataDir, 'notices', 'hub', '000001.json');
      const before = readFileSync(file, 'utf8');
      openNotices(dataDir, [longer(30)], { now: () => at('2026-04-01') });
      const notices = openNotices(dataDir, [longer(60)], { now: () => at('2026-05-01') });
      assert.deepEqual(readdirSync(join(dataDir, 'notices', 'hub')), ['000001.json', '000002.json']);
      assert.equal(readFileSync(file, 'utf8'), before);
      assert.deepEqual(
        notices.of('hub').map(({ document }) => document.personalData[0]?.retentionDays),
        [30, 60],
      );
      assert.deepEqual(notices.of('another'), []);
    } finally {
      await rm(dataDir, { recursive: true });
    }
  });

  it('a notice that was altered or taken away stops the services, and a draft of a power cut does not', async () => {
    const dataDir = await folder();
    const clock = { now: () => at('2026-03-01') };
    const own = join(dataDir, 'notices', 'hub');
    try {
      openNotices(dataDir, [longer(30)], clock);
      openNotices(dataDir, [longer(60)], clock);
      writeFileSync(join(own, 'draft'), '{"v":1,');
      openNotices(dataDir, [longer(90)], clock);
      const whole = readFileSync(join(own, '000001.json'), 'utf8');
      for (const damaged of [whole.replace('"retentionDays": 30', '"retentionDays": 3'), '{', '{"v":2}']) {
        writeFileSync(join(own, '000001.json'), damaged);
        assert.throws(() => openNotices(dataDir, [longer(30)], clock), { code: 'data-damaged' });
      }
      rmSync(join(own, '000001.json'));
      assert.throws(() => openNotices(dataDir, [longer(30)], clock), { code: 'data-damaged' });
      mkdirSync(join(own, '000001.json'));
      assert.throws(() => openNotices(dataDir, [longer(30)], clock));
    } finally {
      await rm(dataDir, { recursive: true });
    }
  });

  it('are read on pages and as data: what holds, what held on a day, and what changed', async () => {
    const hub = declarationOf('hub');
    const path = hub.userInformation.privacy ?? '';
    const b = await bench([hub]);
    try {
      const version = noticeVersion(hub);
      const page = await call(b.services, path);
      assert.ok(page.body.includes(version));
      assert.match(page.body, new RegExp(`<link rel="alternate" type="application/json" href="${path}\\.json"`));
      const twin = await call(b.services, `${path}.json`);
      assert.match(String(twin.headers['link']), /rel="describedby"/);
      const data = JSON.parse(twin.body) as { version: string; notice: unknown };
      assert.equal(data.version, version);
      assert.ok(Value.Check(NoticeDocument, data.notice));
      const schema = JSON.parse((await call(b.services, '/schemas/notice-1.json')).body) as { $id: string };
      assert.equal(schema.$id, '/schemas/notice-1.json');

      const today = new Date(b.clock.now()).toISOString().slice(0, 10);
      for (const query of [`on=${today}`, `version=${version}`]) {
        assert.ok((await call(b.services, `${path}?${query}`)).body.includes(version));
        assert.equal((await call(b.services, `${path}.json?${query}`)).status, 200);
      }
      for (const query of ['on=2001-01-01', 'version=0000000000000000', 'on=<script>', 'version=a&version=b&on=1']) {
        const missing = await call(b.services, `${path}?${query}`);
        assert.equal(missing.status, 404, query);
        assert.match(missing.body, /no notice on that day/);
        assert.doesNotMatch(missing.body, /<script>/);
        assert.equal((await call(b.services, `${path}.json?${query}`)).status, 404);
      }
      const history = await call(b.services, `${path}/history?before=1&after=9`);
      assert.equal(history.status, 200);
      const told = JSON.parse((await call(b.services, `${path}/history.json`)).body) as {
        published: { version: string; changes: unknown[] }[];
      };
      assert.deepEqual(
        told.published.map((each) => [each.version, each.changes]),
        [[version, []]],
      );
    } finally {
      await b.end();
    }
  });

  it('a declared page where the history is, is refused', () => {
    const hub = structuredClone(declarationOf('hub'));
    hub.userInformation.deletion = `${hub.userInformation.privacy}/history`;
    assert.throws(() => placesOf([hub]), { code: 'declarations-collide' });
  });
});
