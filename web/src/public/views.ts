import type { Language } from '@hearthward/standards';
import type { Declaration, NoticeDocument } from '@hearthward/product';

/** Public pages are made of the declaration alone, so they cannot say anything else. */
export interface PublicView {
  readonly language: Language;
  readonly declaration: Declaration;
  /** the same page in the other language, and the machine-readable twin; `account`: where people open what is kept of them; `history` and `today` of the privacy notice */
  readonly links: Readonly<Record<string, string>>;
  /** what the privacy notice says; what follows from the declaration, where absent */
  readonly notice?: NoticeShown;
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

/** A privacy notice, and when it held; times are ISO 8601, UTC. */
export interface NoticeShown {
  readonly document: NoticeDocument;
  readonly version: string;
  readonly from?: string;
  /** when the next one took its place; absent while it holds */
  readonly until?: string;
}

export interface NoticeHistoryView extends PublicView {
  /** every notice that was ever published, the first one first */
  readonly published: readonly (NoticeShown & { readonly from: string })[];
  /** two of them by their places in that list; each against the one before where absent */
  readonly compared?: { readonly before: number; readonly after: number };
  /** somebody asked for a day before the first */
  readonly none?: true;
}
