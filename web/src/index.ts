/**
 * The pages that people see: device panel, operator console, public pages, and the parts that they share.
 *
 * Guarantees: every page is a pure function from a view to HTML, escaped by construction, usable without script, by
 * keyboard and by screen readers, in every language that has a message file. Refuses: markup that was not escaped.
 * Leaves to `device` and `services` who may see a page and what is in it.
 */
export type * from './panel/views.ts';
export type * from './panel/privacy/views.ts';
export type * from './console/views.ts';
export type * from './public/views.ts';
export type * from './account/views.ts';
export { accountConsentsPage, accountDataPage, accountLookedPage } from './account/data.ts';
export { accountEndedPage, accountEndPage, accountLoginPage, accountVerifyPage } from './account/entrance.ts';
export { accountErasePage, accountErasuresPage } from './account/erase.ts';
export { newCodePage, newPasskeyPage, recoveryCodesPage } from './panel/factors.ts';
export { anotherSessionPage, errorPage, loginPage } from './panel/login.ts';
export { forgottenPage } from './panel/forgotten.ts';
export { homePage } from './panel/home.ts';
export { peoplePage } from './panel/people.ts';
export { checkPage, type CheckedDevice, type CheckView } from './public/check.ts';
export { passwordPage, resetPage } from './panel/password.ts';
export { privacyPage } from './panel/privacy/page.ts';
export { eraseMinePage } from './panel/privacy/erase.ts';
export { leavingPage } from './panel/privacy/leaving.ts';
export { receiptsPage } from './panel/privacy/receipts.ts';
export { KEY_CHOICES, safetyPage } from './panel/safety/page.ts';
export { POSTPONE_HOURS, updatesPage } from './panel/updates/page.ts';
export * from './panel/updates/views.ts';
export { secondStepPage } from './panel/second.ts';
export { securityPage } from './panel/security.ts';
export { setupPage } from './panel/setup.ts';
export { devicePage } from './console/device.ts';
export { fleetPage } from './console/fleet.ts';
export { operatorLoginPage } from './console/login.ts';
export { requestPage } from './console/request.ts';
export { droppedPage, type DroppedRow } from './console/dropped.ts';
export { requestsPage } from './console/requests.ts';
export * from './console/requests-views.ts';
export { accountRequestPage, type AccountRequestView } from './account/request.ts';
export { rolloutsPage } from './console/rollouts.ts';
export { noticeHistoryPage } from './public/notice/history.ts';
export { publicPage } from './public/page.ts';
export { securityTxt } from './public/security-txt.ts';
export { panelScript, stylesheet } from './parts/assets.ts';
export { isMessageKey, languages, message, type MessageKey } from './parts/message.ts';
export { paths } from './parts/paths.ts';
