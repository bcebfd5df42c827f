/**
 * A small, tolerant reader of HTML forms: enough to send back what a browser would send unasked (hidden inputs).
 * The page is hostile input: no nesting is trusted, sizes are capped by the HTTP probe.
 */
export interface HtmlForm {
  /** as written; empty where the form posts to its own page */
  readonly action: string;
  readonly method: string;
  readonly inputs: readonly HtmlInput[];
}
export interface HtmlInput {
  readonly name: string;
  readonly type: string;
  readonly value: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** One input as the page offers it. */
export interface OfferedInput {
  readonly name: string;
  /** of HTML, in lower case */
  readonly type: string;
  /** of boxes and buttons of choice: what they say when they are chosen */
  readonly value?: string;
  readonly chosen: boolean;
  readonly required: boolean;
  /** something is in it, or it is a box that may stay empty */
  readonly decided: boolean;
  /** has a name for people */
  readonly labelled: boolean;
}

export function readForms(html: string): readonly HtmlForm[] {
  const text = without(without(html, /<!--/g, /-->/g), /<script\b/gi, /<\/script\s*>/gi);
  const starts = [...text.matchAll(/<form\b((?:"[^"]*"|'[^']*'|[^<>"'])*)>/gi)];
  return starts.map((start, index) => {
    const from = start.index + start[0].length;
    const rest = text.slice(from, starts[index + 1]?.index);
    const end = rest.search(/<\/form\s*>/i);
    const body = end < 0 ? rest : rest.slice(0, end);
    const attributes = readAttributes(start[1] ?? '');
    return {
      action: attributes['action'] ?? '',
      method: (attributes['method'] ?? 'get').toLowerCase(),
      inputs: readInputs(body),
    };
  });
}

/** The named inputs of a form as a person meets them; values of what people type, and of hidden ones, stay where they are. */
export function inputsOffered(html: string, form: HtmlForm): readonly OfferedInput[] {
  const labels = new Set(
    [...html.matchAll(/<label\b((?:"[^"]*"|'[^']*'|[^<>"'])*)>/gi)].map((tag) => readAttributes(tag[1] ?? '')['for']),
  );
  return form.inputs
    .filter(({ name, type }) => name !== '' && !['submit', 'button', 'image', 'reset'].includes(type))
    .map(({ name, type, value, attributes }) => {
      const box = type === 'checkbox' || type === 'radio';
      const chosen = box && 'checked' in attributes;
      return {
        name,
        type,
        ...(box ? { value: attributes['value'] ?? 'on' } : {}),
        chosen,
        required: 'required' in attributes,
        decided: type === 'checkbox' || chosen || (!box && value !== ''),
        labelled: labels.has(attributes['id'] ?? '') || 'aria-label' in attributes || 'aria-labelledby' in attributes,
      };
    });
}

/** Without what stands between two marks; what is never closed goes on to the end. One pass, whatever the page. */
function without(text: string, opens: RegExp, closes: RegExp): string {
  let left = '';
  let at = 0;
  for (;;) {
    opens.lastIndex = at;
    const open = opens.exec(text);
    if (open === null) return left + text.slice(at);
    left += text.slice(at, open.index);
    closes.lastIndex = opens.lastIndex;
    if (closes.exec(text) === null) return left;
    at = closes.lastIndex;
  }
}

/** Hidden inputs of the form that posts to `path`, `page` being where it stands. */
export function hiddenInputs(html: string, page: string, path: string): Readonly<Record<string, string>> {
  const base = new URL(page, 'http://form.invalid');
  const form = readForms(html).find((candidate) => {
    const action = URL.canParse(candidate.action, base) ? new URL(candidate.action, base).pathname : '';
    return action === new URL(path, base).pathname;
  });
  const hidden = (form?.inputs ?? []).filter((input) => input.type === 'hidden' && input.name !== '');
  return Object.fromEntries(hidden.map((input) => [input.name, input.value]));
}

/** The text of the element with this id, where it has no element in it; undefined where there is none. */
export function textOf(html: string, id: string): string | undefined {
  for (const tag of html.matchAll(/<[a-z][a-z0-9]*\b((?:"[^"]*"|'[^']*'|[^<>"'])*)>([^<]*)(?=<)/gi)) {
    if (readAttributes(tag[1] ?? '')['id'] !== id) continue;
    const text = unescapeHtml(tag[2] ?? '').trim();
    return text === '' ? undefined : text;
  }
  return undefined;
}

function readInputs(html: string): readonly HtmlInput[] {
  return [...html.matchAll(/<input\b((?:"[^"]*"|'[^']*'|[^<>"'])*)>/gi)].map((tag) => {
    const attributes = readAttributes(tag[1] ?? '');
    return {
      name: attributes['name'] ?? '',
      type: (attributes['type'] ?? 'text').toLowerCase(),
      value: attributes['value'] ?? '',
      attributes,
    };
  });
}

function readAttributes(text: string): Readonly<Record<string, string>> {
  const attributes: Record<string, string> = {};
  for (const found of text.matchAll(/([^\s"'<>/=]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'=<>`]+)))?/g)) {
    const name = (found[1] ?? '').toLowerCase();
    if (!(name in attributes)) attributes[name] = unescapeHtml(found[2] ?? found[3] ?? found[4] ?? '');
  }
  return attributes;
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ' };

export function unescapeHtml(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]+));/gi, (all, decimal, hex, name) => {
    if (typeof name === 'string') return ENTITIES[name.toLowerCase()] ?? all;
    const point = typeof decimal === 'string' ? Number(decimal) : Number.parseInt(String(hex), 16);
    return point <= 0x10ffff ? String.fromCodePoint(point) : all;
  });
}
