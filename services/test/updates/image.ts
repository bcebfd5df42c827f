import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import { build, type BuildIn, type Built } from '../../src/updates/release/build.ts';
import { type ReleaseWords } from '../../src/updates/release/words.ts';
import { sha256 } from '../../src/updates/repository/metadata.ts';

/** Images and releases of tests. */
export const WORDS: ReleaseWords = {
  product: 'hub',
  version: '1.0.0',
  number: 1,
  models: ['HW-1'],
  kind: 'feature',
  securityVersion: 1,
  summary: { en: 'The first.' },
  risksRemoved: [],
  downtimeSeconds: 5,
  keepsWorking: [{ en: 'heating' }],
  entry: 'main.js',
};
const NOTHING = { exploited: new Map(), released: 'none of never', records: [] };

export const scratch = (t: TestContext): string => {
  const dir = mkdtempSync(join(tmpdir(), 'release-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
};

/** An image in the manner of a Node application; `salt` changes what differs between versions. */
export function imageIn(folder: string, salt = ''): string {
  const put = (path: string, text: string | Uint8Array) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  put('main.js', `console.log('hub ${salt}');\n`);
  put('empty', '');
  put('lib/same.js', 'export const same = 1;\n'.repeat(500));
  put('lib/changed.js', `${'export const line = 1;\n'.repeat(2000)}// ${salt}\n`);
  put(`lib/chunk-${sha256(Buffer.from(salt)).slice(0, 8)}.js`, `${'chunk of code;\n'.repeat(900)}${salt}`);
  put('lib/twin.js', 'export const same = 1;\n'.repeat(500));
  put('bin/tool', '#!/bin/sh\n');
  chmodSync(join(folder, 'bin/tool'), 0o755);
  put('node_modules/left/package.json', '{"name":"left","version":"1.2.3"}');
  put('node_modules/left/test/package.json', '{"private":true}');
  put('node_modules/@scope/right/package.json', '{"name":"@scope/right","version":"2.0.0-beta.1"}');
  put('data/large.bin', Buffer.concat([Buffer.from(`begin ${salt}`), LARGE]));
  return folder;
}
const LARGE = randomBytes(1_500_000);

export const built = async (dir: string, more: Partial<BuildIn> & { readonly out: string }): Promise<Built> =>
  build({ image: join(dir, 'image'), words: WORDS, from: [], catalogue: NOTHING, decisions: [], ...more });
export const mustBuild = async (dir: string, more: Partial<BuildIn> & { readonly out: string }) => {
  const done = await built(dir, more);
  assert.ok(done.ok, done.ok ? '' : done.lines.join('\n'));
  return done;
};
