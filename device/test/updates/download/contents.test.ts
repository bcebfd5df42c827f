import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openContents } from '../../../src/updates/download/contents.ts';

test('a manifest of many pieces is read as it was put, and is not taken for damaged', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'contents-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const contents = openContents(join(folder, 'fetched'));
  const bytes = randomBytes(700_001);
  const digest = createHash('sha256').update(bytes).digest('hex');
  contents.put(digest, bytes);
  assert.ok(contents.read(digest)?.equals(bytes));
  assert.ok(contents.has(digest, bytes.length));
});
