import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { hearthward, scratch } from './command.ts';

const RECORDED = ['--who', 'Alice, Bob', '--why', 'a test'] as const;
const ONE_LINE = /^hearthward: [^\n]+\n$/;

test('a-root-is-made-split-used-by-two-of-three-and-every-use-is-in-the-log', async (t) => {
  const data = scratch(t);
  const out = join(data, 'shares');
  const passphrase = (holder: string) => join(data, `${holder}.txt`);
  for (const holder of ['a', 'b', 'c']) writeFileSync(passphrase(holder), `passphrase of holder ${holder}\n`);
  const share = (number: number, holder: string) =>
    ['--share', join(out, `root.1-share-${number}-of-3.txt`)].concat('--passphrase-file', passphrase(holder));
  const authority = (command: string, ...words: string[]) => hearthward('authority', command, '--data', data, ...words);
  const done = async (command: string, ...words: string[]) => {
    const { code, out: said, error } = await authority(command, ...words);
    assert.deepEqual([code, error], [0, ''], command);
    assert.doesNotMatch(said, /passphrase of/);
    return said;
  };

  assert.match(await done('begin', ...RECORDED), /^made: root\.1, initial\.1, operational\.1, service\.1;/);
  const again = await authority('begin', ...RECORDED);
  assert.equal(again.code, 65);
  assert.match(again.error, /this folder has an authority/);

  const holders = ['a', 'b', 'c'].flatMap((holder) => ['--holder', passphrase(holder)]);
  assert.match(
    await done('split', ...RECORDED, ...holders, '--needed', '2', '--out', out),
    /root\.1 is offline: 2 of 3 shares/,
  );
  assert.equal(existsSync(join(data, 'authority/root.key')), false);
  const states = JSON.parse(await done('status', '--json')) as { label: string; key: string }[];
  assert.deepEqual(
    states.map(({ label, key }) => `${label} ${key}`),
    ['root.1 offline', 'initial.1 here', 'operational.1 here', 'service.1 here'],
  );

  for (const [brought, says] of [
    [[], /root\.1 is offline: bring its shares: `--share FILE --passphrase-file FILE`/],
    [share(1, 'a'), /2 shares of root\.1 are needed and 1 was brought/],
    [[...share(1, 'a'), ...share(3, 'b')], /share-3-of-3\.txt is not opened by its passphrase: bring the right share/],
  ] as const) {
    const refused = await authority('roll-over', 'operational', ...RECORDED, ...brought);
    assert.equal(refused.code, 65);
    assert.match(refused.error, ONE_LINE);
    assert.match(refused.error, says);
    assert.doesNotMatch(refused.error, /passphrase of/);
  }
  const two = [...share(1, 'a'), ...share(3, 'c')];
  assert.equal(await done('roll-over', 'operational', ...RECORDED, ...two), 'made: operational.2\n');
  assert.equal(
    await done('take-back', 'operational.1', '--reason', 'superseded', ...RECORDED, ...two),
    'taken back: operational.1\n',
  );
  assert.equal(await done('list', ...RECORDED, ...two), 'renewed: the lists of root.1\n');
  assert.match(await done('status'), /operational\.1 +taken-back +here/);

  const { count, head } = JSON.parse(await done('uses', '--verify', '--json')) as { count: number; head: string };
  const uses = JSON.parse(await done('uses', '--json')) as { key: string; who: string; why: string }[];
  assert.equal(uses.length, count);
  assert.ok(uses.every(({ key, who }) => key === 'root.1' && who === 'Alice, Bob'));
  assert.match(uses[5]?.why ?? '', /^split, 2 of 3 needed: a test$/);

  const log = join(data, 'authority/uses.jsonl');
  writeFileSync(log, `${readFileSync(log, 'utf8').trimEnd().split('\n').slice(0, -1).join('\n')}\n`);
  for (const words of [['--verify'], ['--verify', '--head', head]]) {
    const cut = await authority('uses', ...words);
    assert.equal(cut.code, 65);
    assert.match(cut.error, /the log of uses is not whole: root\.crl was signed and is not in the log/);
  }
});
