/**
 * The pages that people see: device panel, operator console, public pages, and the parts that they share.
 *
 * Guarantees: every page is a pure function from a view to HTML, escaped by construction, usable without script, by
 * keyboard and by screen readers, in every language that has a message file. Refuses: markup that was not escaped.
 * Leaves to `device` and `services` who may see a page and what is in it.
 */
export type * from './panel/views.ts';
export type * from './console/views.ts';
export type * from './public/views.ts';
