import { readFileSync } from 'node:fs';

/** The one stylesheet and the one script, read once. They name no product, so they can be served before login. */

let css: string | undefined;
let script: string | undefined;

/** CSS of all pages, to be served at `paths.stylesheet`. */
export const stylesheet = (): string => (css ??= read('style.css'));

/** JavaScript of the panel (comfort alone: reveal, strength while typing), to be served at `paths.script`. */
export const panelScript = (): string => (script ??= read('panel.js'));

const read = (name: string): string => readFileSync(new URL(`../../assets/${name}`, import.meta.url), 'utf8');
