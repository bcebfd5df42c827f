import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import {
  beginRepository,
  buildRelease,
  makeKeyFile,
  openKeyFile,
  openUpdateRoom,
  type Proposal,
  proposeRelease,
  publishProposal,
  publishRelease,
  readProposal,
  readReleaseFolder,
  readState,
  readWords,
  signProposal,
  systemClock,
  UPDATES_FOLDER,
  writeProposal,
} from '@hearthward/services/desk';
import { HUB_DECLARATION, hearthward, run, scratch } from './command.ts';

const CEREMONY = { who: 'all of them', why: 'a test' };
const ONE_LINE = /^hearthward: [^\n]+\n$/;

/** A data folder whose repository has one release of the hub, signed and published by five people. */
const published = async (t: TestContext) => {
  const dir = scratch(t);
  const data = join(dir, 'data');
  mkdirSync(data, { mode: 0o700 });
  const room = openUpdateRoom(join(data, UPDATES_FOLDER), systemClock);
  const passphrase = Buffer.from('the passphrase of everybody');
  const cheap = { memoryKib: 72, passes: 1, parallelism: 1 };
  const made = await Promise.all(
    ['Alice', 'Bob', 'Carol', 'Dora', 'Emil'].map((name) => makeKeyFile(name, passphrase, cheap)),
  );
  const keys = made.map(({ key }) => key);
  const sign = async (proposal: Proposal, folder: string) => {
    writeProposal(folder, proposal);
    for (const { text } of made)
      signProposal(folder, readProposal(folder), readState(room.files), await openKeyFile(text, passphrase, 'a key'));
  };
  const releases = keys.slice(3);
  const roles = { root: keys.slice(0, 3), targets: releases, products: [{ product: 'hub', releases }] };
  await sign(beginRepository(room, undefined, roles, CEREMONY), join(dir, 'first'));
  const { docs, about } = readProposal(join(dir, 'first'));
  assert.ok(publishProposal(room, { docs, holders: about.holders, ...CEREMONY }).ok);
  mkdirSync(join(dir, 'image'));
  writeFileSync(join(dir, 'image/main.js'), 'run();\n');
  const words = readWords(JSON.stringify(WORDS));
  assert.ok(words.ok);
  const out = join(dir, '1.0.0');
  const catalogue = { exploited: new Map(), released: 'none', records: [] };
  const image = join(dir, 'image');
  assert.ok((await buildRelease({ image, words: words.words, from: [], catalogue, decisions: [], out })).ok);
  const read = await readReleaseFolder(out);
  const state = readState(room.files);
  assert.ok(read.ok && state);
  await sign(proposeRelease(room, state, read.value, CEREMONY), out);
  assert.ok((await publishRelease(room, out, CEREMONY)).ok);
  return { data, at: (name: string) => join(dir, name) };
};

const WORDS = {
  product: 'hub',
  version: '1.0.0',
  number: 1,
  models: ['HW-1'],
  kind: 'feature',
  securityVersion: 1,
  summary: { en: 'The first.' },
  risksRemoved: [],
  downtimeSeconds: 0,
  keepsWorking: [],
  entry: 'main.js',
};

test('a-release-is-staged-halted-and-resumed-by-commands-while-the-services-run', { timeout: 400_000 }, async (t) => {
  const { data, at } = await published(t);
  const release = (...words: string[]) => hearthward('release', ...words);
  const done = async (...words: string[]) => {
    const { code, out, error } = await release(...words);
    assert.deepEqual([code, error], [0, '']);
    return out;
  };
  const refused = async (says: RegExp, ...words: string[]) => {
    const { code, error } = await release(...words);
    assert.equal(code, 65, error);
    assert.match(error, ONE_LINE);
    assert.match(error, says);
  };
  const person = (who: string, ...words: string[]) => [...words, '--data', data, '--who', who];
  const stage = person('Dora', 'stage', at('1.0.0'), '--why', 'release of March');
  await refused(/no services answer/, ...stage);
  assert.match(await done('status', '--data', data), /the services do not run/);

  const anywhere = ['--https', '127.0.0.1:0', '--enrolment', '127.0.0.1:0', '--mqtts', '127.0.0.1:0'];
  const running = run(['services', 'run', '--data', data, '--declaration', HUB_DECLARATION, ...anywhere]);
  t.after(() => running.process.kill('SIGTERM'));
  await running.prints('mqtts');
  writeFileSync(at('short.json'), JSON.stringify({ v: 1, stages: [] }));
  writeFileSync(at('cut.json'), '{"v": 1, "stages"');
  await refused(/stages must not have fewer than 1 items.*\(plan-refused\)/, ...stage, '--plan', at('short.json'));
  await refused(/cut\.json is no JSON/, ...stage, '--plan', at('cut.json'));
  assert.equal((await release('stage', '1.0.0')).code, 64);

  const offered = async () => {
    const status = JSON.parse(await done('status', '--data', data, '--json')) as {
      products: { offers: { version: string; state: string; below: number }[] }[];
      rollouts: { phase: string; counts: { failures: { low: number; high: number } } }[];
    };
    assert.deepEqual(status.rollouts[0]?.counts.failures, { low: 0, high: 1 });
    return [
      status.rollouts[0]?.phase,
      ...(status.products[0]?.offers ?? []).flatMap(({ state, below }) => [state, below]),
    ];
  };
  assert.match(await done(...stage), /^hub 1\.0\.0 +running +1 of 4 +1 % .*\n.*next 10 %, from 20\d\d-/m);
  assert.deepEqual(await offered(), ['running', 'offered', 100]);
  const halt = person('Emil', 'halt', '1.0.0', '--because', 'hubs lose their sensors');
  assert.match(await done(...halt), /hub 1\.0\.0: halted by Emil; mend it/);
  assert.deepEqual(await offered(), ['halted', 'halted', 100]);
  const resumed = await done(...person('Emil', 'resume', '1.0.0', '--why', 'it was the sensors', '--json'));
  assert.equal((JSON.parse(resumed) as { phase: string }).phase, 'running');
  assert.match(await done('status', '--data', data), /hub 1\.0\.0 +running/);
  running.process.kill('SIGTERM');
  await running.ended;
});
