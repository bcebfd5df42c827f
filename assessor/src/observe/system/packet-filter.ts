import { Type, type Static } from 'typebox';
import { Value } from 'typebox/value';

/**
 * A packet filter as `nft --json list ruleset` prints it (libnftables-json(5)), reduced to who is let through: each base chain of the three hooks
 * that a host’s traffic passes, with the rules that accept, other chains followed. What is not understood of a rule makes
 * it wider than it is, never narrower.
 */
const Names = Type.Object(
  { all: Type.Boolean({ description: 'all interfaces but these' }), names: Type.Array(Type.String()) },
  { additionalProperties: false },
);
export const Passage = Type.Object(
  {
    arriving: Names,
    leaving: Names,
    /** of the packets that it lets through; `any` where nothing is said */
    transport: Type.Union([Type.Literal('tcp'), Type.Literal('udp'), Type.Literal('icmp'), Type.Literal('any')]),
    /** destination ports, `443` or `1000-2000`; none where nothing is said, or nothing that is understood */
    ports: Type.Array(Type.String()),
    /** it lets through only answers, or what belongs to a flow that another rule has let begin */
    answers: Type.Boolean(),
    /** source and destination addresses are narrowed */
    from: Type.Boolean(),
    to: Type.Boolean(),
  },
  { additionalProperties: false },
);
export type Passage = Static<typeof Passage>;
export const Hook = Type.Union([Type.Literal('input'), Type.Literal('output'), Type.Literal('forward')]);
export const FilterChain = Type.Object(
  { hook: Hook, name: Type.String(), drops: Type.Boolean(), passages: Type.Array(Passage) },
  { additionalProperties: false },
);
export type FilterChain = Static<typeof FilterChain>;

const Chain = Type.Object({
  family: Type.String(),
  table: Type.String(),
  name: Type.String(),
  hook: Type.Optional(Type.String()),
  policy: Type.Optional(Type.String()),
});
const Rule = Type.Object({
  family: Type.String(),
  table: Type.String(),
  chain: Type.String(),
  expr: Type.Array(Type.Record(Type.String(), Type.Unknown())),
});
const Listing = Type.Object({ nftables: Type.Array(Type.Record(Type.String(), Type.Unknown())) });
type Chain = Static<typeof Chain>;
type Rule = Static<typeof Rule>;

/** Undefined where it is no such listing. */
export const chainsIn = (text: string): readonly FilterChain[] | undefined => {
  const listing = text.length > MOST_CHARACTERS ? undefined : parsed(text);
  if (!Value.Check(Listing, listing)) return undefined;
  const all = listing.nftables;
  const chains = all.map(({ chain }) => chain).filter((each): each is Chain => Value.Check(Chain, each));
  const followed = { left: MOST_FOLLOWED };
  const rules = all.map(({ rule }) => rule).filter((each): each is Rule => Value.Check(Rule, each));
  return chains.flatMap((chain) =>
    Value.Check(Hook, chain.hook)
      ? [
          {
            hook: chain.hook,
            name: `${chain.table} ${chain.name}`,
            // nft(8): a base chain without a policy accepts
            drops: chain.policy === 'drop' && chain.family === 'inet',
            passages: [...passagesOf(chain, rules, ANYTHING, followed)],
          },
        ]
      : [],
  );
};

/** More than the rules of any product take. */
const MOST_CHARACTERS = 8 * 1024 * 1024;

const parsed = (text: string): unknown => {
  try {
    // boundary packet-filter: the laboratory, from the product -> Listing, at most MOST_CHARACTERS, else the case is open;
    // assessor/test/cases/exposure/network-segregation.test.ts
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
};

const ANYWHERE = { all: true, names: [] };
const ANYTHING: Passage = {
  arriving: ANYWHERE,
  leaving: ANYWHERE,
  transport: 'any',
  ports: [],
  answers: false,
  from: false,
  to: false,
};
/** Chains that are followed, each time that a rule leads there: what is beyond, as in a ring, counts as letting everything through. */
const MOST_FOLLOWED = 1_000;

const passagesOf = (
  { family, table, name }: Pick<Chain, 'family' | 'table' | 'name'>,
  rules: readonly Rule[],
  before: Passage,
  followed: { left: number },
): readonly Passage[] => {
  if (followed.left-- <= 0) return [before];
  const own = rules.filter((rule) => rule.family === family && rule.table === table && rule.chain === name);
  return own.flatMap(({ expr }) => {
    const narrowed = expr.reduce(narrow, before);
    const next = expr.flatMap(({ jump, goto }) => jump ?? goto ?? [])[0];
    if (Value.Check(Target, next)) return passagesOf({ family, table, name: next.target }, rules, narrowed, followed);
    // a map of verdicts may lead anywhere
    return expr.some((each) => 'accept' in each || 'vmap' in each || 'queue' in each) ? [narrowed] : [];
  });
};
const Target = Type.Object({ target: Type.String() });

const Match = Type.Object({ match: Type.Object({ op: Type.String(), left: Type.Unknown(), right: Type.Unknown() }) });
const Meta = Type.Object({ meta: Type.Object({ key: Type.String() }) });
const Tracked = Type.Object({ ct: Type.Object({ key: Type.String() }) });
const Payload = Type.Object({ payload: Type.Object({ protocol: Type.String(), field: Type.String() }) });

const narrow = (passage: Passage, expression: unknown): Passage => {
  if (!Value.Check(Match, expression)) return passage;
  const { op, left, right } = expression.match;
  const said = valuesOf(right);
  const same = op === '==' || op === 'in';
  if (Value.Check(Meta, left)) return ofMeta(passage, left.meta.key, op, said);
  if (Value.Check(Tracked, left)) {
    const { key } = left.ct;
    const answers =
      (key === 'direction' && same && said.join() === 'reply') ||
      (key === 'state' && same && said.length > 0 && !said.includes('new') && !said.includes('untracked'));
    return answers ? { ...passage, answers: true } : passage;
  }
  if (!Value.Check(Payload, left)) return passage;
  const { protocol, field } = left.payload;
  if (!same) return passage;
  if (field === 'saddr') return { ...passage, from: true };
  if (field === 'daddr') return { ...passage, to: true };
  if (protocol === 'icmp' || protocol === 'icmpv6') return { ...passage, transport: 'icmp' };
  if (protocol !== 'tcp' && protocol !== 'udp') return passage;
  return { ...passage, transport: protocol, ...(field === 'dport' ? { ports: [...said] } : {}) };
};

const ofMeta = (passage: Passage, key: string, op: string, said: readonly string[]): Passage => {
  const names = { all: op === '!=', names: [...said] };
  if (key === 'iifname' || key === 'iif') return { ...passage, arriving: names };
  if (key === 'oifname' || key === 'oif') return { ...passage, leaving: names };
  const [transport] = said;
  if (key !== 'l4proto' || op === '!=' || said.length !== 1) return passage;
  if (transport === 'tcp' || transport === 'udp') return { ...passage, transport };
  return transport === 'icmp' || transport === 'ipv6-icmp' ? { ...passage, transport: 'icmp' } : passage;
};

const Set = Type.Object({ set: Type.Array(Type.Unknown()) });
const Range = Type.Object({ range: Type.Tuple([Type.Number(), Type.Number()]) });

/** What a match names; nothing where it is kept elsewhere, as in a set with a name. */
const valuesOf = (right: unknown): readonly string[] => {
  if (typeof right === 'string') return right.startsWith('@') ? [] : [right];
  if (typeof right === 'number') return [String(right)];
  if (Array.isArray(right)) return right.flatMap(valuesOf);
  if (Value.Check(Set, right)) return right.set.flatMap(valuesOf);
  return Value.Check(Range, right) ? [right.range.join('-')] : [];
};
