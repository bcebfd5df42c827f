/**
 * The language of conditions: facts, `not`, `and`, `or`, parentheses; Kleene's strong three-valued logic.
 *
 * Total: a text is bounded, has no names but FACTS, no loops and no effects; evaluation visits each node once.
 */
import { FACTS, type Fact, type Facts, type Row, type Truth } from './model.ts';

export type Expression =
  | { readonly kind: 'fact'; readonly fact: Fact }
  | { readonly kind: 'not'; readonly of: Expression }
  | { readonly kind: 'and' | 'or'; readonly left: Expression; readonly right: Expression };

export type ConditionRefusal = 'too-long' | 'unknown-character' | 'unknown-fact' | 'unexpected' | 'unclosed';

/** `at` is the zero-based position in the text at which reading stopped. */
export type Parsed =
  | { readonly ok: true; readonly expression: Expression }
  | { readonly ok: false; readonly code: ConditionRefusal; readonly because: string; readonly at: number };

/** Longest condition read, in UTF-16 units; the longest that a code prints needs 60. */
export const CONDITION_LIMIT = 400;

/** Reads a condition. `not` binds tighter than `and`, `and` tighter than `or`. */
export function parseCondition(text: string): Parsed {
  if (text.length > CONDITION_LIMIT) {
    return refuse('too-long', `a condition has at most ${CONDITION_LIMIT} characters`, CONDITION_LIMIT);
  }
  const tokens = tokenize(text);
  if (!Array.isArray(tokens)) return tokens as Refused;
  const read = readOr(tokens as readonly Token[], 0, text.length);
  if ('ok' in read) return read;
  const rest = (tokens as readonly Token[])[read.next];
  if (rest !== undefined)
    return refuse('unexpected', `nothing was expected after the condition, found "${rest.word}"`, rest.at);
  return { ok: true, expression: read.expression };
}

/** The value of a condition: `undefined` where the facts known so far do not decide it. */
export function evaluate(expression: Expression, facts: Facts): Truth {
  switch (expression.kind) {
    case 'fact':
      return facts[expression.fact];
    case 'not': {
      const value = evaluate(expression.of, facts);
      return value === undefined ? undefined : !value;
    }
    case 'and':
      return both(evaluate(expression.left, facts), evaluate(expression.right, facts));
    case 'or':
      return either(evaluate(expression.left, facts), evaluate(expression.right, facts));
  }
}

/**
 * Whether a row applies to a product: all its conditions hold. `false` alone permits N/A; `undefined` leaves the row
 * undetermined. Throws `TypeError` where the row carries a condition that does not parse, which no shipped row does.
 */
export function applies(row: Pick<Row, 'ref' | 'conditions'>, facts: Facts): Truth {
  return row.conditions.reduce<Truth>((sofar, text) => {
    const parsed = parseCondition(text);
    if (!parsed.ok) throw new TypeError(`condition of ${row.ref}: ${parsed.because}`);
    return both(sofar, evaluate(parsed.expression, facts));
  }, true);
}

function both(a: Truth, b: Truth): Truth {
  if (a === false || b === false) return false;
  return a === undefined || b === undefined ? undefined : true;
}

function either(a: Truth, b: Truth): Truth {
  if (a === true || b === true) return true;
  return a === undefined || b === undefined ? undefined : false;
}

interface Token {
  readonly word: string;
  readonly at: number;
}
type Refused = Extract<Parsed, { ok: false }>;
type Step = { readonly expression: Expression; readonly next: number } | Refused;

function tokenize(text: string): readonly Token[] | Refused {
  const tokens: Token[] = [];
  for (const found of text.matchAll(/[a-z][a-z-]*|[()]|\S/g)) {
    const word = found[0];
    if (!/^(?:[a-z][a-z-]*|[()])$/.test(word))
      return refuse('unknown-character', `"${word}" has no meaning here`, found.index);
    tokens.push({ word, at: found.index });
  }
  return tokens;
}

function readOr(tokens: readonly Token[], start: number, end: number): Step {
  return readChain('or', readAnd, tokens, start, end);
}

function readAnd(tokens: readonly Token[], start: number, end: number): Step {
  return readChain('and', readFactor, tokens, start, end);
}

type Reader = (tokens: readonly Token[], start: number, end: number) => Step;

function readChain(kind: 'and' | 'or', part: Reader, tokens: readonly Token[], start: number, end: number): Step {
  let left = part(tokens, start, end);
  while (!('ok' in left) && tokens[left.next]?.word === kind) {
    const right = part(tokens, left.next + 1, end);
    if ('ok' in right) return right;
    left = { expression: { kind, left: left.expression, right: right.expression }, next: right.next };
  }
  return left;
}

function readFactor(tokens: readonly Token[], start: number, end: number): Step {
  const token = tokens[start];
  if (token === undefined) return refuse('unexpected', 'a fact was expected, the condition ends', end);
  if (token.word === 'not') {
    const of = readFactor(tokens, start + 1, end);
    return 'ok' in of ? of : { expression: { kind: 'not', of: of.expression }, next: of.next };
  }
  if (token.word === '(') {
    const inner = readOr(tokens, start + 1, end);
    if ('ok' in inner) return inner;
    if (tokens[inner.next]?.word !== ')') return refuse('unclosed', 'this parenthesis is never closed', token.at);
    return { expression: inner.expression, next: inner.next + 1 };
  }
  if (token.word === ')' || token.word === 'and' || token.word === 'or') {
    return refuse('unexpected', `a fact was expected, found "${token.word}"`, token.at);
  }
  if (!isFact(token.word))
    return refuse('unknown-fact', `"${token.word}" is no fact; facts are ${FACTS.join(', ')}`, token.at);
  return { expression: { kind: 'fact', fact: token.word }, next: start + 1 };
}

function isFact(word: string): word is Fact {
  return (FACTS as readonly string[]).includes(word);
}

function refuse(code: ConditionRefusal, because: string, at: number): Refused {
  return { ok: false, code, because, at };
}
