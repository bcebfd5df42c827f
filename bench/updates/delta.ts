import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { planBlocks, writePack } from '../../services/src/updates/release/pack.ts';
import { inManifest, readTree, type TreeFile } from '../../services/src/updates/release/tree.ts';
import type { Measured } from '../measured.ts';

/**
 * What a device fetches for the step between two released versions of Node-RED, as they were installed when each was
 * published: the pack of ours and the manifest, against the whole image at zstd's level 19, and beside three tools that
 * compare one archive with another. Needs the npm registry, tar, zstd, xdelta3 and bsdiff.
 */
export const delta = async (): Promise<readonly Measured[]> => {
  const dir = mkdtempSync(join(tmpdir(), 'hearthward-delta-'));
  try {
    const measured: Measured[] = [];
    for (const [from, to] of STEPS) measured.push(...(await step(dir, from, to)));
    return measured;
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
};

interface Installed {
  readonly version: string;
  /** dependencies as they were on that day */
  readonly before: string;
}
const STEPS: readonly (readonly [Installed, Installed])[] = [
  [
    { version: '4.1.14', before: '2026-09-04' },
    { version: '4.1.15', before: '2026-09-12' },
  ],
  [
    { version: '4.1.15', before: '2026-09-12' },
    { version: '5.0.7', before: '2026-09-12' },
  ],
];

const step = async (dir: string, from: Installed, to: Installed): Promise<readonly Measured[]> => {
  const [old, young] = [install(dir, from), install(dir, to)];
  const name = `Node-RED ${from.version} to ${to.version}`;
  const full = sizeOf(run(dir, 'full.zst', (out) => ['zstd', '-q', '-19', '-T1', '-f', young.tar, '-o', out]));
  const pack = join(dir, `${from.version}-${to.version}.pack`);
  const { length } = await writePack(planBlocks(young.files, old.files), pack);
  const manifest = join(dir, 'manifest.json');
  writeFileSync(manifest, JSON.stringify({ files: young.files.map(inManifest) }));
  const ours = length + sizeOf(run(dir, 'manifest.zst', (out) => ['zstd', '-q', '-19', '-f', manifest, '-o', out]));
  const tools = {
    'zstd --patch-from': run(dir, 'p.zst', (out) => [
      'zstd',
      '-q',
      '-19',
      '-T1',
      '--long=31',
      '-f',
      `--patch-from=${old.tar}`,
      young.tar,
      '-o',
      out,
    ]),
    xdelta3: run(dir, 'p.xd3', (out) => [
      'xdelta3',
      '-f',
      '-e',
      '-9',
      '-S',
      'djw',
      '-B',
      WINDOW,
      '-s',
      old.tar,
      young.tar,
      out,
    ]),
    bsdiff: run(dir, 'p.bsd', (out) => ['bsdiff', old.tar, young.tar, out]),
  };
  const yardstick = `the whole image of ${mib(statSync(young.tar).size)} MiB by zstd -19`;
  const line = (what: string, bytes: number): Measured => ({
    what: `${name}, ${what}`,
    value: mib(bytes),
    unit: 'MiB',
    yardstick,
    yardstickValue: mib(full),
  });
  return [
    line('our delta and manifest', ours),
    ...Object.entries(tools).map(([tool, file]) => line(tool, sizeOf(file))),
  ];
};
/** of the archive before that xdelta3 looks into; the whole of it */
const WINDOW = String(256 * 1024 * 1024);

const mib = (bytes: number): number => bytes / 1024 / 1024;
const sizeOf = (file: string): number => statSync(file).size;

const run = (dir: string, name: string, command: (out: string) => readonly [string, ...string[]]): string => {
  const out = join(dir, name);
  const [program, ...args] = command(out);
  execFileSync(program, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  return out;
};

const install = (
  dir: string,
  { version, before }: Installed,
): { readonly files: readonly TreeFile[]; readonly tar: string } => {
  const folder = join(dir, version);
  const tar = `${folder}.tar`;
  if (!statSync(tar, { throwIfNoEntry: false })) {
    mkdirSync(folder);
    const exactly = [
      '--omit=dev',
      '--ignore-scripts',
      '--no-audit',
      '--no-fund',
      '--no-bin-links',
      '--no-progress',
      '--silent',
    ];
    execFileSync('npm', ['install', '--prefix', folder, `node-red@${version}`, `--before=${before}`, ...exactly]);
    execFileSync('tar', ['--sort=name', '--mtime=@0', '--owner=0', '--group=0', '-cf', tar, '-C', folder, '.']);
  }
  const tree = readTree(folder);
  if (!tree.ok) throw new Error(tree.lines[0]);
  return { files: tree.files, tar };
};
