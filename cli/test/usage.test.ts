import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { CODES, rows } from '@hearthward/standards';
import { CommanderError, type Command } from 'commander';
import { EXIT, refusalOf } from '../src/exit.ts';
import { program } from '../src/program.ts';
import { hearthward, HUB_DECLARATION, ROOT, run, scratch } from './command.ts';

const ONE_LINE = /^hearthward: [^\n]+\n$/;

/** The refusal of words, as main prints it, without a process for each. */
const refused = async (words: readonly string[]): Promise<{ readonly code: number; readonly error: string }> => {
  const root = program();
  let error = '';
  for (const [, command] of everyCommand(root)) command.configureOutput({ writeErr: (text) => (error += text) });
  try {
    await root.parseAsync(words, { from: 'user' });
  } catch (thrown) {
    if (thrown instanceof CommanderError) return { code: thrown.exitCode === 0 ? EXIT.done : EXIT.usage, error };
    const { exitCode, message } = refusalOf(thrown);
    return { code: exitCode, error: `${error}hearthward: ${message}\n` };
  }
  return { code: EXIT.done, error };
};

const everyCommand = (command: Command, path: readonly string[] = []): (readonly [string, Command])[] => [
  [path.join(' '), command],
  ...command.commands.flatMap((child) => everyCommand(child, [...path, child.name()])),
];

test('every-command-and-argument-tells-what-it-is-for', () => {
  for (const [name, command] of everyCommand(program())) {
    assert.ok(command.description().length > 10, `${name} has no description`);
    for (const argument of command.registeredArguments)
      assert.ok(argument.description, `${name} <${argument.name()}> has no description`);
    for (const option of command.options) assert.ok(option.description, `${name} ${option.flags} has no description`);
  }
});

test('help-is-on-stdout-and-done', async () => {
  const help = await hearthward('assess', '--help');
  assert.equal(help.code, 0);
  assert.equal(help.error, '');
  assert.match(help.out, /Examples:\n {2}hearthward assess target\.json/);
});

for (const words of [
  ['nonsense'],
  ['standards'],
  ['standards', 'nonsense'],
  ['standards', 'show'],
  ['standards', 'show', 'etsi-en-303-645', '--language', 'fr'],
  ['start', '--port-base', 'abc'],
  ['start', '--port-base', '80'],
  ['start', '--nope'],
  ['start', 'extra'],
  ['product', 'derive', 'nonsense', HUB_DECLARATION],
  ['factory'],
  ['factory', 'samples', '--count', '0'],
  ['factory', 'samples', '--count', '1e2'],
  ['factory', 'label', 'labels.json'],
  ['factory', 'label', 'labels.json', '--out', 'x', '--format', 'png'],
  ['factory', 'check-batch'],
  ['authority'],
  ['authority', 'status'],
  ['authority', 'roll-over', 'nonsense', '--data', 'd', '--who', 'A', '--why', 'w'],
  ['authority', 'roll-over', 'root', '--data', 'd', '--why', 'w'],
  ['authority', 'roll-over', 'root', '--data', 'd', '--who', 'A', '--why', 'w', '--share', 's'],
  ['authority', 'take-back', 'root.1', '--data', 'd', '--who', 'A', '--why', 'w'],
  ['authority', 'split', '--data', 'd', '--who', 'A', '--why', 'w', '--needed', '2', '--out', 'o', '--holder', 'a'],
  ['authority', 'uses', '--data', 'd', '--head', 'ab'],
  ['statement', 'folder'],
  ['statement', 'folder', '--code', 'mcmc-g044', '--format', 'pdf'],
  ['services', 'run'],
  ['device', 'run', 'hub.ts'],
  ['device', 'recover', 'hub.ts'],
  ['device', 'press'],
  ['device', 'log', 'verify'],
  ['device', 'integrity'],
]) {
  test(`wrong-usage-is-64-in-one-line: ${words.join(' ').replaceAll(ROOT, '')}`, async () => {
    const { code, error } = await refused(words);
    assert.equal(code, 64);
    assert.match(error, ONE_LINE);
  });
}

for (const [words, says] of [
  [['standards', 'show', 'nocode'], /the codes are/],
  [['standards', 'show', 'etsi-en-303-645', '9.9'], /lists its 68 rows/],
  [['standards', 'crosswalk', 'mcmc-g044', 'nocode'], /the codes are/],
  [['standards', 'match', '/nonexistent/list'], /\/nonexistent\/list: .*check the path/],
  [['standards', 'match', ROOT], /is a folder/],
  [['product', 'facts', '/nonexistent.ts'], /does not exist/],
  [['judge', '/nonexistent'], /no evidence folder/],
  [['verify', '/nonexistent'], /no evidence folder/],
  [['diff', '/nonexistent', '/nonexistent'], /no evidence folder/],
  [['statement', '/nonexistent', '--code', 'mcmc-g044'], /no evidence folder/],
  [['statement', '/nonexistent', '--code', 'nocode'], /the codes are/],
  [['twins', '--only', 'notopic'], /the topics are/],
  [['draft', '/nonexistent.json'], /does not exist/],
  [['factory', 'check-batch', '/nonexistent.csv'], /check the path/],
  [['factory', 'check-batch', ROOT], /is no file/],
  [['factory', 'label', HUB_DECLARATION, '--out', '/nonexistent/x'], /is not JSON/],
  [['authority', 'status', '--data', '/nonexistent'], /has no authority.*authority begin/],
  [['authority', 'uses', '--data', ROOT, '--verify'], /has no authority/],
  [['device', 'run', '/nonexistent.ts', '--data', '/nonexistent'], /no such file/],
  [['device', 'recover', '/nonexistent.ts', '--data', '/nonexistent', '--yes'], /no such file/],
  [['device', 'press', '--data', '/nonexistent'], /No device runs on .*Start it first/],
  [['device', 'integrity', '--data', '/nonexistent'], /no finished device/],
] as const) {
  test(`bad-input-is-65-in-one-line: ${words.join(' ').replaceAll(ROOT, '')}`, async () => {
    const { code, error } = await refused(words);
    assert.equal(code, 65);
    assert.match(error, ONE_LINE);
    assert.match(error, says);
  });
}

test('the-process-ends-with-the-code-and-the-line-alone', async () => {
  const [usage, input] = await Promise.all([hearthward('standards'), hearthward('standards', 'show', 'nocode')]);
  assert.deepEqual([usage.code, input.code], [64, 65]);
  for (const { out, error } of [usage, input]) {
    assert.equal(out, '');
    assert.match(error, ONE_LINE);
  }
});

test('json-is-nothing-but-json', async () => {
  const shown = await hearthward('standards', 'show', 'mcmc-g045', '--json');
  assert.equal(shown.code, 0);
  assert.equal(shown.error, '');
  assert.deepEqual(
    (JSON.parse(shown.out) as { ref: string }[]).map((row) => row.ref),
    rows(CODES[3]).map((row) => row.ref),
  );
  const batch = await hearthward('factory', 'samples', '--count', '3', '--json');
  assert.equal((JSON.parse(batch.out) as unknown[]).length, 3);
});

test('no-colour-where-there-is-no-terminal', async () => {
  const list = await run(['standards', 'list'], { NO_COLOR: undefined, FORCE_COLOR: undefined }).ended;
  assert.equal(list.code, 0);
  assert.equal(list.out.includes('\u001B'), false);
});

test('a-closed-pipe-ends-quietly', async () => {
  // `head` closes the pipe after the first line; a batch is larger than any pipe's buffer.
  const piped = spawn(
    'sh',
    ['-c', `'${process.execPath}' '${join(ROOT, 'cli/src/main.ts')}' factory samples --count 50000 | head -n 1`],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let out = '';
  let error = '';
  piped.stdout.on('data', (text) => (out += String(text)));
  piped.stderr.on('data', (text) => (error += String(text)));
  await new Promise((resolve) => piped.once('close', resolve));
  assert.equal(out, 'serial,mac,password\n');
  assert.equal(error, '');
});

for (const [name, text, says] of [
  ['broken.ts', 'export default {\n  a: 1,\n  b: = 2\n};\n', /broken\.ts: .*line 3.*mend the syntax/],
  ['broken.json', '{\n "a": 1,,\n}', /broken\.json: .*line 2.*mend the syntax/],
  ['throws.ts', "throw new Error('first\\nsecond');", /throws\.ts: .*first second; mend the module/],
  ['empty.json', '', /empty\.json: is empty/],
] as const) {
  test(`a-declaration-that-cannot-be-read-is-65-in-one-line: ${name}`, async (t) => {
    const file = join(scratch(t), name);
    writeFileSync(file, text);
    const { code, error } = await refused(['product', 'facts', file]);
    assert.equal(code, 65);
    assert.match(error, ONE_LINE);
    assert.match(error, says);
  });
}
