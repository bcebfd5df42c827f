import type { Frame } from '../panel/views.ts';
import type { AccountErasure } from '../account/views.ts';

/** What the console's pages on requests of people are made of. Times are ISO 8601. */

export const REQUEST_KINDS = ['access', 'erasure', 'rectification', 'portability', 'objection'] as const;
export type RequestKindShown = (typeof REQUEST_KINDS)[number];
export const REQUEST_LAWS = ['gdpr', 'pdpa-my'] as const;
export type RequestLawShown = (typeof REQUEST_LAWS)[number];
export type TimelinessShown = 'open' | 'soon' | 'overdue' | 'in-time' | 'late';

export interface RequestRow {
  readonly id: string;
  readonly kind: RequestKindShown;
  readonly law: RequestLawShown;
  readonly via: 'letter' | 'call' | 'form';
  readonly receivedAt: string;
  /** the first moment at which it is late */
  readonly dueAt: string;
  readonly timeliness: TimelinessShown;
  readonly isIdentified: boolean;
}
export interface RequestReport {
  /** `2030-Q2` */
  readonly quarter: string;
  readonly received: number;
  readonly inTime: number;
  readonly late: number;
  readonly open: number;
  readonly overdue: number;
  readonly refused: number;
  readonly extended: number;
  readonly medianDays?: number;
}
export interface RequestsView extends Frame {
  readonly filter: { readonly state?: string; readonly kind?: string; readonly law?: string };
  readonly requests: readonly RequestRow[];
  readonly total: number;
  readonly page: number;
  readonly pages: number;
  /** places of erasures under way that have had their declared time */
  readonly late: readonly { readonly erasure: string; readonly place: string; readonly since: string }[];
  /** newest quarter first */
  readonly reports: readonly RequestReport[];
  /** the latest day that a receipt can have, `YYYY-MM-DD` */
  readonly today: string;
  /** what was written in the form of a new one, where its day was refused */
  readonly refused?: { readonly kind: string; readonly law: string; readonly via: string; readonly received: string };
}
export const REQUEST_ACTS = ['identify', 'export', 'erase', 'extend', 'close'] as const;
export type RequestAct = (typeof REQUEST_ACTS)[number];
export interface RequestView extends Frame {
  readonly request: RequestRow & {
    readonly identified?: {
      readonly at: string;
      readonly how: 'code' | 'documents';
      readonly what?: string;
      readonly by?: string;
      readonly of: 'account' | 'household';
    };
    readonly extended?: { readonly at: string; readonly because: string; readonly by: string };
    readonly acts: readonly { readonly at: string; readonly what: 'exported' | 'erasure-asked'; readonly by: string }[];
    readonly closed?: {
      readonly at: string;
      readonly as: 'answered' | 'refused' | 'withdrawn';
      readonly said: string;
      readonly by: string;
    };
  };
  readonly erasure?: Pick<AccountErasure, 'state' | 'places' | 'undoUntil'>;
  /** where the person proves with their code that it is they */
  readonly personPage: string;
  /** the form that was refused: which of its fields was wrong, where one was, and what was written in the others */
  readonly refused?: {
    readonly act: RequestAct;
    readonly field?: string;
    readonly sent: { readonly serial?: string; readonly what?: string; readonly reason?: string; readonly as?: string };
  };
}
