/**
 * The four codes as data: rows, conditions, threats, crosswalk and the corrections to their misprints.
 *
 * Guarantees: every row of the four editions, each with the status and the conditions that its own text gives it;
 * titles in our own words. Refuses: a code or a reference that does not exist. Leaves to `product` what a
 * product's facts are, and to `assessor` what was seen of it.
 */
export * from './model.ts';
export { TOPICS, type Topic } from './topics.ts';
export { codeLabel, codeLabels, corrections, factTitle, isCode, row, rows, threats, ties, topicTitle } from './rows.ts';
export { crosswalk } from './crosswalk.ts';
export {
  applies,
  CONDITION_LIMIT,
  evaluate,
  parseCondition,
  type ConditionRefusal,
  type Expression,
  type Parsed,
} from './condition.ts';
export { LIST_LIMITS, ListTooLong, matchList, type MatchedLine, type MatchedList } from './match.ts';
