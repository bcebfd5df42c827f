import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { generateKeyPairSync } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { openSigningKey, seal } from '../src/evidence/envelope.ts';
import { filesOf, finishFolder, MANIFEST } from '../src/evidence/folder.ts';
import { verifyFolder } from '../src/evidence/verify.ts';
import { assess } from '../src/run.ts';
import { readsTheLogin } from './fake/cases.ts';
import { startFakeProduct } from './fake-product.ts';

let folder = '';
let signed = '';
before(async () => {
  const product = await startFakeProduct();
  folder = mkdtempSync(join(tmpdir(), 'hearthward-evidence-'));
  signed = join(folder, 'signed');
  const result = await assess({ targetFile: product.targetFile, out: signed, cases: [readsTheLogin] });
  assert.ok(result.ok, JSON.stringify(result));
  await product.close();
});
after(() => rmSync(folder, { recursive: true }));

test('accepts the folder that was signed, and says whether the key was the reader’s own', () => {
  const verified = verifyFolder(signed);
  assert.ok(verified.ok && !verified.pinned, JSON.stringify(verified));
  const key = readFileSync(join(folder, 'assessor-key.pub.pem'), 'utf8');
  const pinned = verifyFolder(signed, { key });
  assert.ok(pinned.ok && pinned.pinned);
});

test('refuses one byte changed in any file, and names the file', () => {
  const files = filesOf(signed);
  assert.ok(files.length > 20);
  for (const name of files) {
    const path = join(signed, name);
    const original = readFileSync(path);
    for (const at of new Set([0, original.length >> 1, original.length - 1])) {
      if (original.length === 0) continue;
      const changed = Buffer.from(original);
      changed[at] = (changed[at] ?? 0) ^ 1;
      writeFileSync(path, changed);
      const verified = verifyFolder(signed);
      assert.ok(!verified.ok, `${name} at ${at}`);
      if (name !== 'signing-key.pem') assert.equal(verified.file, name);
    }
    writeFileSync(path, original);
  }
  assert.ok(verifyFolder(signed).ok);
});

test('refuses every single byte of the manifest changed', () => {
  const path = join(signed, MANIFEST);
  const original = readFileSync(path);
  for (let at = 0; at < original.length; at += at > 200 && at < original.length - 300 ? 97 : 1) {
    for (const bit of [1, 32]) {
      const changed = Buffer.from(original);
      changed[at] = (changed[at] ?? 0) ^ bit;
      writeFileSync(path, changed);
      assert.ok(!verifyFolder(signed).ok, `byte ${at}`);
    }
  }
  writeFileSync(path, Buffer.concat([original, Buffer.from('\n')]));
  assert.ok(!verifyFolder(signed).ok);
  writeFileSync(path, original);
});

test('refuses a file added, missing, replaced by a link or by a folder of the same name', () => {
  const other = join(folder, 'other');
  cpSync(signed, other, { recursive: true });
  writeFileSync(join(other, 'blobs', 'added'), '');
  assert.deepEqual(verifyFolder(other), { ok: false, file: 'blobs/added', because: 'was added after signing' });
  unlinkSync(join(other, 'blobs', 'added'));
  assert.ok(verifyFolder(other).ok);
  renameSync(join(other, 'findings.json'), join(folder, 'findings.json'));
  assert.deepEqual(verifyFolder(other), { ok: false, file: 'findings.json', because: 'is missing' });
  symlinkSync(join(folder, 'findings.json'), join(other, 'findings.json'));
  assert.deepEqual(verifyFolder(other), { ok: false, file: 'findings.json', because: 'is not a plain file' });
});

test('refuses a folder signed again with another key, where the reader names the key', () => {
  const key = readFileSync(join(folder, 'assessor-key.pub.pem'), 'utf8');
  const forged = join(folder, 'forged');
  const work = join(folder, 'work');
  cpSync(signed, work, { recursive: true });
  unlinkSync(join(work, MANIFEST));
  writeFileSync(join(work, 'findings.json'), '[]');
  finishFolder(work, forged, openSigningKey(join(folder, 'forger.pem')), {});
  assert.ok(verifyFolder(forged).ok);
  const refused = verifyFolder(forged, { key });
  assert.ok(!refused.ok && refused.because.includes('another key'));
});

test('refuses a key of another kind, and an unfinished folder', () => {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const path = join(folder, 'rsa.pem');
  writeFileSync(path, rsa.privateKey.export({ type: 'pkcs8', format: 'pem' }));
  assert.throws(() => openSigningKey(path), { code: 'wrong-key' });
  assert.ok(!verifyFolder(signed, { key: rsa.publicKey.export({ type: 'spki', format: 'pem' }) }).ok);
  const none = verifyFolder(folder);
  assert.ok(!none.ok && none.file === MANIFEST);
});

test('keeps the signing key from everybody else', async () => {
  const { statSync } = await import('node:fs');
  assert.equal(statSync(join(folder, 'assessor-key.pem')).mode & 0o777, 0o600);
  assert.ok(!filesOf(signed).some((name) => readFileSync(join(signed, name), 'utf8').includes('PRIVATE KEY')));
  assert.ok(seal('{}', openSigningKey(join(folder, 'assessor-key.pem'))).includes('"keyid"'));
});
