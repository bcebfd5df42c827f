import { parse, type Comment, type Identifier, type Options, type Program } from 'acorn';
import { simple, type SimpleVisitors } from 'acorn-walk';

/**
 * How much of a JavaScript program says what it is for. Names that are given by declarations are counted, since whoever
 * obscures a program can choose these freely; those of properties and exports are part of what others see.
 */
export interface Plainness {
  readonly names: number;
  /** names with more than three characters */
  readonly telling: number;
  /** comments that are no licence */
  readonly comments: number;
  /** references to a map */
  readonly maps: number;
}

/** Undefined where it is no program that can be read. */
export function plainnessOf(program: string): Plainness | undefined {
  const comments: string[] = [];
  const tree = treeOf(program, comments);
  if (tree === undefined) return undefined;
  const given: string[] = [];
  const exported = new Set<string>();
  // a name wherever one is given: in declarations, parameters, functions, classes. The walker's types know it only as a state.
  const visitors: SimpleVisitors<unknown> & { readonly VariablePattern: (id: Identifier) => void } = {
    VariablePattern: ({ name }) => void given.push(name),
    ExportNamedDeclaration: ({ declaration }) => {
      if (declaration?.type === 'VariableDeclaration') {
        for (const { id } of declaration.declarations) if (id.type === 'Identifier') exported.add(id.name);
      } else if (declaration) exported.add(declaration.id.name);
    },
  };
  simple(tree, visitors);
  const names = given.filter((name) => !exported.has(name));
  const isMap = (text: string): boolean => /^[#@]\s*sourceMappingURL=/.test(text.trim());
  return {
    names: names.length,
    telling: names.filter((each) => each.length > 3).length,
    comments: comments.filter((text) => !isMap(text) && !/licen[cs]e|copyright|^!/i.test(text)).length,
    maps: comments.filter(isMap).length,
  };
}

function treeOf(program: string, comments: string[]): Program | undefined {
  for (const sourceType of ['module', 'script'] as const) {
    const found: Comment[] = [];
    const options: Options = { ecmaVersion: 'latest', sourceType, allowHashBang: true, onComment: found };
    try {
      const tree = parse(program, options);
      comments.push(...found.map(({ value }) => value));
      return tree;
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
    }
  }
  return undefined;
}
