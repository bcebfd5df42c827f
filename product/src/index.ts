/**
 * The product declaration: what a manufacturer says of a product, once.
 *
 * Guarantees: a declaration that this package has read holds its schema and passes its lint, and the facts that the
 * codes' conditions ask for are derived from it, three-valued. Refuses: a file that is not one, with the path in the
 * file and the cure. Leaves to `device` to enforce it, to `services` to publish it, to `assessor` to prove it.
 */
export * from './schema/declaration.ts';
export { DECLARATION_LIMIT_BYTES, loadDeclaration, parseDeclaration, type Loaded } from './load.ts';
export { problemLine, type Problem } from './problem.ts';
export { lintDeclaration } from './lint/lint.ts';
export { LINT_RULES } from './lint/table.ts';
export type { LintRule } from './lint/rule.ts';
export { factsOf, factsWithReasons, type FactWithReason } from './facts.ts';
export { claims, ics, icsOf, type Claim, type IcsRow, type Support } from './derive/ics.ts';
export { firewallRules, FIREWALL_TABLE, OF_ONE_SOURCE, type FirewallOptions } from './derive/firewall.ts';
export { childrenInterfaces, flowsOf, type Flow } from './derive/flows.ts';
export { notHardened } from './derive/hardened.ts';
export { hardening, type Hardening } from './derive/hardening.ts';
export { mudFile, type MudOptions } from './derive/mud.ts';
export { ixit, ixitTables, type Ixit, type IxitTable } from './derive/ixit.ts';
export { notice, noticeData, type Notice } from './derive/notice/text.ts';
export { noticeDocument, noticeVersion, translated, versionOfNotice } from './derive/notice/document.ts';
export { noticeChanges, type NoticeChange } from './derive/notice/changes.ts';
export { consentReceipt, type ConsentReceipt, type ConsentRecord } from './derive/consent-receipt.ts';
export { NoticeDocument } from './schema/notice.ts';
export { DECLARATION_SCHEMA_FILE, declarationSchemaText } from './emit-schema.ts';
export { notClaimed, type NotClaimed } from './not-claimed.ts';
