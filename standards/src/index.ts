/**
 * The four codes as data: rows, conditions, threats, crosswalk and the corrections to their misprints.
 *
 * Guarantees: every row of the four editions, each with the status and the conditions that its own text gives it;
 * titles in our own words. Refuses: a code or a reference that does not exist. Leaves to `product` what a
 * product's facts are, and to `assessor` what was seen of it.
 */
export * from './model.ts';
export { TOPICS, type Topic } from './topics.ts';
