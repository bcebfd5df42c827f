import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { servicesShip } from '../pages/services-ships.ts';
import { ROOT } from '../tree.ts';

const namesIn = (lines: readonly string[]): readonly string[] => [...new Set(lines)].sort();

test('the list of what the services run with is what npm would install for them', () => {
  const listed = namesIn(
    servicesShip()
      .split('\n')
      .flatMap((line) => /^package (\S+)/.exec(line)?.[1] ?? []),
  );
  const installed = execFileSync(
    'npm',
    ['ls', '--omit=dev', '--package-lock-only', '--all', '--parseable', '--workspace', '@hearthward/services'],
    { cwd: ROOT, encoding: 'utf8' },
  )
    .split('\n')
    .flatMap((line) => /\/node_modules\/((?:@[^/]+\/)?[^/]+)$/.exec(line)?.[1] ?? []);
  const ours = (name: string): boolean => name.startsWith('@hearthward/');
  assert.ok(installed.length > 100);
  assert.deepEqual(
    listed.filter((name) => !ours(name)),
    namesIn(installed).filter((name) => !ours(name)),
  );
  assert.ok(listed.includes('@hearthward/services') && !listed.includes('playwright-core'));
});
