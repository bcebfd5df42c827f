import { readFileSync, statSync } from 'node:fs';
import type { Label } from '@hearthward/protocol';
import type { Labelled } from '@hearthward/services';
import { Type } from 'typebox';
import { Value } from 'typebox/value';
import { badInput } from '../exit.ts';

/** Files that the factory names: labels as JSON, and batches as CSV. Loaded by the commands that read them alone. */
const LabelFile = Type.Object(
  {
    model: Type.String({ minLength: 1, maxLength: 60 }),
    serial: Type.String({ pattern: '^[A-Z0-9]{6,32}$' }),
    password: Type.String({ pattern: '^[a-z0-9]{16,32}$' }),
    fingerprint: Type.String({ pattern: '^[0-9a-f]{64}$' }),
    address: Type.String({ pattern: '^https://[!-~]{1,100}$' }),
  },
  { additionalProperties: false },
);

const MOST_BYTES = 64 << 20;
const MOST_LABELS = 10_000;

const readText = (file: string): string => {
  const found = statSync(file);
  if (!found.isFile()) throw badInput(`${file} is no file: name one`);
  if (found.size > MOST_BYTES) throw badInput(`${file} is larger than 64 MiB: give fewer labels at once`);
  return readFileSync(file, 'utf8');
};

export const readLabels = (file: string): readonly Label[] => {
  const text = readText(file);
  let hostile: unknown;
  try {
    // boundary label-file: a file that the factory names -> LabelFile, at most 64 MiB, else says what is wrong;
    // cli/test/factory.test.ts
    hostile = JSON.parse(text);
  } catch {
    // what the parser says would quote the file, which may hold a password
    throw badInput(`${file} is not JSON: give a label, or a list of them`);
  }
  const list: readonly unknown[] = Array.isArray(hostile) ? hostile : [hostile];
  if (list.length === 0 || list.length > MOST_LABELS)
    throw badInput(`${file} holds ${list.length} labels: give 1 to ${MOST_LABELS}`);
  return list.map((each, index) => {
    if (Value.Check(LabelFile, each)) return each;
    const [first] = Value.Errors(LabelFile, each);
    throw badInput(`${file}: label ${index + 1} ${first?.instancePath ?? ''} ${first?.message ?? 'is none'}`);
  });
};

export const readBatch = (file: string): readonly Labelled[] => {
  const [head = '', ...lines] = readText(file)
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '');
  const names = head.split(',').map((name) => name.trim().toLowerCase());
  const [serial, mac, password] = ['serial', 'mac', 'password'].map((name) => names.indexOf(name));
  if (serial === undefined || mac === undefined || password === undefined || Math.min(serial, mac, password) < 0)
    throw badInput(`${file}: the first line must name the columns serial, mac and password`);
  return lines.map((line, index) => {
    const cells = line.split(',').map((cell) => cell.trim());
    if (cells.length !== names.length)
      throw badInput(`${file}: line ${index + 2} has ${cells.length} cells, the first line names ${names.length}`);
    return { serial: cells[serial] ?? '', mac: cells[mac] ?? '', password: cells[password] ?? '' };
  });
};
