import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import test from 'node:test';
import { isMessageKey, languages, message } from '../src/index.ts';

const folder = new URL('../messages/', import.meta.url);
const fileOf = (language: string): Record<string, string> =>
  JSON.parse(readFileSync(new URL(`${language}.json`, folder), 'utf8')) as Record<string, string>;
const english = fileOf('en');
const placeholders = (text: string): string => [...text.matchAll(/\{\w+\}/g)].map(String).sort().join();

test('every-language-has-its-file-and-every-file-its-language', () => {
  assert.deepEqual(readdirSync(folder).sort(), languages.map(({ id }) => `${id}.json`).sort());
});

for (const { id } of languages) {
  test(`says-everything-in-${id}`, () => {
    const own = fileOf(id);
    assert.deepEqual(Object.keys(own), Object.keys(english));
    for (const [key, text] of Object.entries(own)) {
      assert.notEqual(text.trim(), '', key);
      assert.equal(placeholders(text), placeholders(english[key] ?? ''), `${key}: placeholders`);
    }
  });
}

test('leaves-no-sentence-in-english-by-mistake', () => {
  const malay = fileOf('ms');
  const same = Object.keys(english).filter((key) => english[key] === malay[key]);
  // words that both languages spell alike
  const alike = [
    'guide.check.port',
    'people.pin',
    'product.model',
    'public.model',
    'safety.model',
    'fleet.model',
    'setup.1.short',
  ];
  assert.deepEqual(same.sort(), alike.sort());
});

test('uses-every-message-and-only-those-there-are', () => {
  const source = sources(new URL('../src/', import.meta.url)).join('\n');
  const literals = new Set([...source.matchAll(/'([a-z]+(?:\.[a-z0-9-]+)+)'/g)].map(([, key]) => key ?? ''));
  const patterns = [...source.matchAll(/`((?:[a-z-]+\.)+)\$\{[^}]+\}((?:\.[a-z]+)?)`/g)].map(
    ([, before = '', after = '']) =>
      new RegExp(`^${before.replaceAll('.', '\\.')}[a-z0-9-]+${after.replace('.', '\\.')}$`),
  );
  const used = (key: string): boolean => literals.has(key) || patterns.some((pattern) => pattern.test(key));
  // what device and services say through a view: `notice`, `refused`, `key` and the checks of the page on safety
  const forCallers = (key: string): boolean =>
    /^(refused|happened|error|board|exposure|forwarding|integrity|selfcheck|selftest|signatures)\./.test(key);
  assert.deepEqual(
    Object.keys(english).filter((key) => !used(key) && !forCallers(key)),
    [],
  );
  const asked = [...source.matchAll(/\bt\('([^']+)'/g)].map(([, key]) => key ?? '');
  assert.deepEqual(
    asked.filter((key) => !isMessageKey(key)),
    [],
  );
  assert.ok(asked.length > 100, 'the pattern that finds used keys still finds them');
});

test('refuses-an-unknown-key-and-a-missing-value', () => {
  assert.throws(() => message('en', 'no.such-key'), { code: 'HW_WEB_MESSAGE' });
  assert.throws(() => message('en', 'toString'), { code: 'HW_WEB_MESSAGE' });
  assert.throws(() => message('en', 'login.wait'), { code: 'HW_WEB_MESSAGE' });
  assert.equal(message('ms', 'pages.of', { page: 2, pages: 1500 }), 'Halaman 2 daripada 1,500');
});

function sources(folder: URL): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => readFileSync(new URL(name, folder), 'utf8'));
}
