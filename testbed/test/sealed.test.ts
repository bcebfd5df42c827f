import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { newRecipientKey, publicOf } from '@hearthward/protocol';
import { sealedClimate, SUITE } from '../src/twins/data.ts';
import { until } from './fleet.ts';
import { DECLARED, HOUSEHOLD, openHousehold, type Household, type Person } from './household.ts';

/**
 * EN 303 645 5.8-2, TS 103 645 4.8-2, G044 6.8.2: what a person's home tells a care service, the care service alone reads. A real
 * device seals, real services carry, and the party opens with the command that it has.
 */

const CLI = fileURLToPath(import.meta.resolve('../../cli/src/main.ts'));
const WHY = 'what is due to them each week';

describe('an item that is sealed to a party', { timeout: 120_000 }, () => {
  const [care, other] = [newRecipientKey(SUITE), newRecipientKey(SUITE)];
  const row = { suite: SUITE, publicKey: publicOf(care), from: '2020-01-01', until: '2040-01-01' };
  let home: Household;
  let owner: Person;
  let code: string;
  before(async () => {
    home = await openHousehold(sealedClimate(DECLARED, row));
    mkdirSync(home.folders.given);
    for (const [name, key] of Object.entries({ care, other }))
      writeFileSync(file(`${name}.pem`), key.export({ format: 'pem', type: 'pkcs8' }), { mode: 0o600 });
    owner = await home.owner();
    code = await home.code(owner);
  });
  after(() => home?.stop());

  const file = (name: string): string => join(home.folders.given, name);
  /** what the services hand to the party */
  const handedOver = async (): Promise<number> => {
    rmSync(file('care.jsonl'), { force: true });
    const asked = { type: 'pass-sealed', party: 'care', out: file('care.jsonl'), who: 'Alice', why: WHY } as const;
    const answer = await home.services.privacy.pass(asked);
    return answer.type === 'passed-on' ? answer.records : assert.fail(answer.because);
  };
  const opened = (key: string) => {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [CLI, 'privacy', 'open', file('care.jsonl'), '--key', file(`${key}.pem`)],
      { encoding: 'utf8' },
    );
    const lines = stdout.split('\n').filter(Boolean);
    return { status, stderr, values: lines.map((line) => JSON.parse(line) as Opened) };
  };

  it('is read by that party, in its order and whole, and by nobody else, the services included', async () => {
    assert.equal((await owner.browser.post('/', '/functions/set-target', { target: '23.5' })).status, 303);
    const isThere = async (): Promise<boolean> =>
      (await handedOver()) > 2 && opened('care').values.some(({ fields }) => Object.values(fields).includes(23.5));
    await until(isThere);
    const { status, stderr, values } = opened('care');
    assert.deepEqual([status, stderr], [0, '']);
    const subjects = home.subjectsOf(code);
    for (const [at, { item, subject, n, missing }] of values.entries()) {
      assert.deepEqual([item, subjects.includes(subject), missing], [HOUSEHOLD, true, undefined]);
      assert.equal(n, (values[0]?.n ?? 0) + at, 'none is missing, and none comes twice');
    }
    const rows = await home.readable(subjects, [HOUSEHOLD]);
    assert.ok(rows.length >= values.length);
    for (const { fields, sealed } of rows) assert.deepEqual([fields, sealed?.to], [{}, 'care']);

    const wrong = opened('other');
    assert.deepEqual([wrong.status, wrong.values], [65, []]);
  });

  it('is handed to nobody any more once its person is erased', async () => {
    const subjects = home.subjectsOf(code);
    const asked = { when: 'now', current: owner.password };
    assert.equal((await owner.browser.post('/privacy/erase', '/privacy/erase', asked)).status, 303);
    await until(() => subjects.every((subject) => home.services.privacy.vault.stateOf(subject) === 'ended'));
    await home.switchOff();
    const records = await handedOver();
    const of = existsSync(file('care.jsonl')) ? opened('care').values.map(({ subject }) => subject) : [];
    assert.equal(of.length, records);
    assert.deepEqual(
      of.filter((subject) => subjects.includes(subject)),
      [],
    );
  });
});

interface Opened {
  readonly item: string;
  readonly subject: string;
  readonly n: number;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly missing?: number;
}
