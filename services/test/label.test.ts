import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { labelsPdf } from '../src/factory/label-pdf.ts';
import { qrText } from '../src/factory/layout.ts';

const label = (serial: string) => ({
  model: 'HH-100 Grün',
  serial,
  password: 'mmmmnnnnppppqqqq',
  fingerprint: 'ab'.repeat(32),
  address: 'https://hub.local:8450',
});
const boxesOf = (pdf: Buffer) =>
  [...pdf.toString('latin1').matchAll(/\/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]/g)].map(([, width, height]) =>
    [width, height].map((points) => Math.round((Number(points) * 25.4) / 72)),
  );

test('a-pdf-has-a-page-of-62-by-29-millimetres-for-each-label', async () => {
  const pdf = await labelsPdf([label('HH0000001'), label('HH0000002')]);
  assert.deepEqual(boxesOf(pdf), [
    [62, 29],
    [62, 29],
  ]);
  // compressed, and of vectors alone: no picture of a label stays in a printer's cache under its name
  assert.doesNotMatch(pdf.toString('latin1'), /mmmmnnnn|\/Subtype \/Image/);
});

test('a-sheet-of-a4-takes-thirty', async () => {
  const labels = Array.from({ length: 31 }, (_, index) => label(`HH${index}00000`));
  assert.deepEqual(boxesOf(await labelsPdf(labels, 'a4')), [
    [210, 297],
    [210, 297],
  ]);
});

test('a-letter-that-the-fonts-lack-is-refused-and-not-left-out', async () => {
  await assert.rejects(labelsPdf([{ ...label('HH0000001'), model: '水' }]), /label-unprintable|no standard font/);
});

const lacking = ['pdftoppm', 'zbarimg'].filter((program) => spawnSync('which', [program]).status !== 0);
test(
  'a-camera-reads-what-the-label-says',
  { skip: lacking.length > 0 && `needs ${lacking.join(' and ')}` },
  async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'label-'));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    for (const paper of ['label', 'a4'] as const) {
      writeFileSync(join(folder, 'label.pdf'), await labelsPdf([label('HH0000001')], paper));
      // 300 dots per inch: what a label printer has
      const drawn = spawnSync('pdftoppm', ['-r', '300', '-png', '-singlefile', 'label.pdf', paper], { cwd: folder });
      assert.equal(drawn.status, 0, drawn.stderr.toString());
      assert.ok(readFileSync(join(folder, `${paper}.png`)).length > 1000);
      const read = spawnSync('zbarimg', ['--quiet', '--raw', `${paper}.png`], { cwd: folder, encoding: 'utf8' });
      assert.equal(read.stdout.trim(), qrText(label('HH0000001')));
    }
  },
);
