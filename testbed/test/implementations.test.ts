import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import declaration from '@hearthward/example-hub';

/** EN 303 645 5.5-2 rests on what really runs: names and versions of the declaration against lockfile and process. */

const read = (path: string): unknown => JSON.parse(readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8'));
const { packages } = read('package-lock.json') as {
  readonly packages: Readonly<Record<string, { readonly version?: string }>>;
};
const { dependencies } = read('device/package.json') as { readonly dependencies: Readonly<Record<string, string>> };
const declared = new Map(declaration.networkSecurityImplementations.map(({ id, version }) => [id, version]));

/** Ids of a declaration have no `@` and no `/`. */
const SCOPED: Readonly<Record<string, string>> = {
  simplewebauthn: '@simplewebauthn/server',
  'tufjs-models': '@tufjs/models',
  'tufjs-canonical-json': '@tufjs/canonical-json',
};
const packageOf = (id: string): string => SCOPED[id] ?? id;

/** Dependencies of the runtime that neither open a connection nor guard one. */
const NO_NETWORK = new Set(['typebox', 'qrcode']);

test('every version that is declared is the one that runs', () => {
  const running: Record<string, string | undefined> = {
    openssl: process.versions.openssl,
    node: process.versions.node,
  };
  for (const [id, version] of declared) {
    const runs = id in running ? running[id] : packages[`node_modules/${packageOf(id)}`]?.version;
    assert.equal(version, runs, `${id} is declared as ${version}, and ${runs} runs`);
  }
});

test('what the runtime brings to network and security is declared', () => {
  const brought = Object.keys(dependencies).filter((name) => !name.startsWith('@hearthward/') && !NO_NETWORK.has(name));
  assert.deepEqual(
    brought.filter((name) => ![...declared.keys()].some((id) => packageOf(id) === name)),
    [],
  );
  assert.ok(declared.has('openssl') && declared.has('node'));
});
