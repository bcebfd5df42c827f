/**
 * Markup that is escaped by construction. A value that comes into a template is text unless it is itself `Html`, and
 * `Html` is made by these two tags alone.
 */
export class Html {
  readonly #markup: string;
  constructor(proof: typeof MADE_HERE, markup: string) {
    if (proof !== MADE_HERE) throw new TypeError('markup is made by the html and raw tags alone');
    this.#markup = markup;
  }
  toString(): string {
    return this.#markup;
  }
}
const MADE_HERE = Symbol('made by a tag of this file');

/** What a template takes: `false`, `null` and `undefined` show nothing, so that `${condition && part}` reads well. */
export type Part = Html | string | number | false | null | undefined | readonly Part[];

/**
 * A template whose values are escaped for element content and for quoted attributes. An address (`href`, `src`,
 * `action`) with a scheme that could run code becomes `#`.
 * @throws TypeError where a value stands where escaping cannot help: an unquoted attribute, a script, a style
 */
export function html(strings: TemplateStringsArray, ...values: readonly Part[]): Html {
  const { places, literals } = templateOf(strings);
  let out = literals[0] ?? '';
  for (let i = 0; i < values.length; i++) {
    out += places[i] === 'address' ? escape(safeAddress(values[i])) : show(values[i]);
    out += literals[i + 1] ?? '';
  }
  return new Html(MADE_HERE, out);
}

/** Markup of our own that takes no values, so nothing foreign can be in it. */
export function raw(strings: TemplateStringsArray): Html {
  return new Html(MADE_HERE, strings[0] ?? '');
}

/** & < > " ' as character references: enough for text and for attributes in either quote. */
export function escape(text: string): string {
  return text.replace(/[&<>"']/g, (mark) => REFERENCES[mark] ?? mark);
}
const REFERENCES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function show(part: Part): string {
  if (part === false || part === null || part === undefined) return '';
  if (part instanceof Html) return part.toString();
  if (typeof part === 'string') return escape(part);
  if (typeof part === 'number') return String(part);
  return part.map(show).join('');
}

function safeAddress(part: Part): string {
  const address = typeof part === 'string' ? part : '';
  return /^(https?:\/\/|mailto:|tel:|[/?#])/i.test(address) ? address : '#';
}

type Place = 'text' | 'address';
interface Template {
  readonly places: readonly Place[];
  /** the fixed parts, without the indentation that they have in the source */
  readonly literals: readonly string[];
}
const known = new WeakMap<TemplateStringsArray, Template>();

function templateOf(strings: TemplateStringsArray): Template {
  const before = known.get(strings);
  if (before) return before;
  const template = {
    places: placesOf(strings),
    literals: strings.map((literal) => literal.replace(/\s*\n\s*/g, '\n')),
  };
  known.set(strings, template);
  return template;
}

function placesOf(strings: TemplateStringsArray): readonly Place[] {
  const places: Place[] = [];
  let seen = '';
  for (const literal of strings.slice(0, -1)) {
    seen += literal;
    if (/=\s*$/.test(seen)) throw new TypeError(`a value in an unquoted attribute: ${seen.slice(-40)}`);
    if (/<(script|style)\b(?![\s\S]*<\/\1>)[^>]*>[^<]*$/i.test(seen)) {
      throw new TypeError(`a value in a script or style: ${seen.slice(-40)}`);
    }
    places.push(/\b(href|src|action|formaction)=["']$/i.test(seen) ? 'address' : 'text');
  }
  return places;
}
