import type { Language } from '@hearthward/standards';
import type { Declaration } from '@hearthward/product';

/** Public pages are made of the declaration alone, so they cannot say anything else. */
export interface PublicView {
  readonly language: Language;
  readonly declaration: Declaration;
  /** the same page in the other language, and the machine-readable twin */
  readonly links: Readonly<Record<string, string>>;
}
export type PublicPage =
  | 'product'
  | 'support'
  | 'disclosure'
  | 'privacy'
  | 'deletion'
  | 'setup'
  | 'setup-check'
  | 'password-change'
  | 'replacement';
