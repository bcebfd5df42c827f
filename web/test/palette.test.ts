import assert from 'node:assert/strict';
import test from 'node:test';
import { gzipSync } from 'node:zlib';
import { panelScript, stylesheet } from '../src/index.ts';

/** WCAG 2.2, 1.4.3 and 1.4.11: text 4.5, borders of controls and the focus ring 3. */
const TEXT = 4.5;
const SHAPE = 3;
const PAIRS: readonly (readonly [front: string, back: string, least: number])[] = [
  ...(['text', 'muted', 'accent', 'good', 'bad', 'info'] as const).flatMap((front) =>
    (['ground', 'surface'] as const).map((back) => [front, back, TEXT] as const),
  ),
  ['on-accent', 'accent', TEXT],
  ['on-bad', 'bad', TEXT],
  ['text', 'good-ground', TEXT],
  ['text', 'bad-ground', TEXT],
  ['text', 'info-ground', TEXT],
  ['good', 'good-ground', SHAPE],
  ['bad', 'bad-ground', SHAPE],
  ['info', 'info-ground', SHAPE],
  ['edge', 'surface', SHAPE],
  ['edge', 'ground', SHAPE],
  ['focus', 'ground', SHAPE],
  ['focus', 'surface', SHAPE],
];

for (const scheme of ['light', 'dark'] as const) {
  test(`can-be-read-in-${scheme}`, () => {
    const palette = paletteOf(scheme);
    for (const [front, back, least] of PAIRS) {
      const ratio = contrast(palette(front), palette(back));
      assert.ok(ratio >= least, `${front} on ${back}: ${ratio.toFixed(2)}, at least ${least}`);
    }
  });
}

test('keeps-the-script-small', () => {
  assert.ok(gzipSync(panelScript()).length <= 20 * 1024);
});

test('names-no-product-in-what-is-served-before-login', () => {
  assert.doesNotMatch(stylesheet() + panelScript(), /hearthward/i);
});

function paletteOf(scheme: 'light' | 'dark'): (name: string) => string {
  const [light = '', dark = ''] = [...stylesheet().matchAll(/:root\s*\{([^}]*)\}/g)].map(([, body]) => body ?? '');
  const body = scheme === 'light' ? light : dark;
  return (name) => {
    const value = new RegExp(`--${name}:\\s*(#[0-9a-f]{6})`).exec(body)?.[1];
    assert.ok(value, `${scheme} has no ${name}`);
    return value;
  };
}

function contrast(a: string, b: string): number {
  const [low = 0, high = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
}

function luminance(colour: string): number {
  const channel = (at: number): number => {
    const part = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return part <= 0.040_45 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5);
}
