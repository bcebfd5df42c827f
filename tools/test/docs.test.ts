import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { read, ROOT, trackedFiles } from '../tree.ts';

const pages = trackedFiles().filter((file) => file.endsWith('.md') && existsSync(join(ROOT, file)));

test('every link of a page leads to a file that is there', () => {
  const broken = pages.flatMap((page) =>
    [...read(page).matchAll(/\]\((?!https?:|mailto:|#)([^)#\s]+)(?:#[^)]*)?\)/g)]
      .map(([, link = '']) => link)
      .filter((link) => !existsSync(join(ROOT, dirname(page), link)))
      .map((link) => `${page}: ${link}`),
  );
  assert.deepEqual(broken, []);
});

test('every path that a page of the root names is there', () => {
  const rooms =
    /^(?:standards|product|protocol|device|services|assessor|cli|web|testbed|examples|bench|docs|tools)\/[\w./@-]*$/;
  const broken = pages
    .filter((page) => !page.includes('/') || page.startsWith('docs/decisions/'))
    .flatMap((page) =>
      [...read(page).matchAll(/`([^`\n]+)`/g)]
        .map(([, path = '']) => path)
        .filter((path) => rooms.test(path) && !existsSync(join(ROOT, path)))
        .map((path) => `${page}: ${path}`),
    );
  assert.deepEqual(broken, []);
});

test('the commands of the quick start are the scripts that CI runs', () => {
  const scripts = (JSON.parse(read('package.json')) as { scripts: Record<string, string> }).scripts;
  assert.match(read('README.md'), /```sh\nnpm ci\nnpm start\n```/);
  assert.match(read('README.md'), /```sh\nnpm test\n```/);
  assert.equal(scripts['start'], 'hearthward start');
  assert.match(read('.ci/run'), /^npm ci /m);
  assert.match(read('.ci/run'), /^npm test$/m);
  assert.match(read('tools/acceptance.ts'), /'start', '--silent', '--', '--once'/);
});
