/**
 * What a device and its manufacturer's services say to each other, version by version.
 *
 * Guarantees: each message has one schema, read before anything is done with it; a released version stays.
 * Refuses: what no schema has read. Leaves to `device` and `services` what to do with a message.
 */
export * from './algorithms.ts';
export * from './crowd.ts';
export * from './csr-attributes.ts';
export * as der from './der.ts';
export * from './factory.ts';
export * from './sealed-value.ts';
export * from './enrolment.ts';
export * from './keys.ts';
export * from './log.ts';
export * from './possession.ts';
export * from './messages/management.ts';
export * from './messages/setup-check.ts';
export * from './messages/telemetry.ts';
export * from './messages/time.ts';
export * from './guesses/decide.ts';
export * from './updates/release.ts';
export * from './updates/image.ts';
export * from './updates/pack.ts';
export * from './updates/unpack.ts';
export * from './updates/offers.ts';
export * from './updates/hint.ts';
export * from './updates/signatures.ts';
export * from './updates/targets.ts';
export * from './privacy/subjects.ts';
export * from './privacy/words.ts';
export * from './privacy/news.ts';
export * from './privacy/confirmation.ts';
export * from './privacy/verify.ts';
export * from './privacy/hpke.ts';
export * from './privacy/sealed.ts';
export * from './privacy/opening.ts';
