import assert from 'node:assert/strict';
import type { LightMyRequestResponse } from 'fastify';
import type { Browser } from './bench.ts';

/**
 * A person at the panel who knows no address by heart: from the first page they follow the links that a page shows and
 * fill in the forms that it carries. One step is one page opened or one form sent; what an answer leads to by itself is
 * part of its step.
 */
export interface Walker {
  /** steps since the first page */
  readonly steps: () => number;
  /** what the person looks at now */
  readonly page: () => string;
  /** back at the first page, nothing counted */
  readonly goHome: () => Promise<void>;
  /** opens page after page, the shortest way, until one carries the form; where none does, nothing is counted and the answer is false */
  readonly goTo: (form: string) => Promise<boolean>;
  /** sends a form of the page that is looked at; what the form asks for and the person does not know fails the test */
  readonly send: (form: string, fields: Readonly<Record<string, string>>) => Promise<void>;
}

/** More pages in a row than anybody would open in search of something. */
const DEEPEST = 6;

export async function walker(who: Browser): Promise<Walker> {
  let steps = 0;
  let page = '';
  const follow = async (answer: LightMyRequestResponse): Promise<string> => {
    const { location } = answer.headers;
    return location === undefined ? answer.body : follow(await who.get(location));
  };
  const goHome = async () => {
    page = await follow(await who.get('/'));
    steps = 0;
  };
  await goHome();
  return {
    steps: () => steps,
    page: () => page,
    goHome,
    goTo: async (form) => {
      let reached = [page];
      const seen = new Set<string>();
      for (let opened = 0; opened <= DEEPEST; opened += 1) {
        const found = reached.find((each) => formIn(each, form) !== undefined);
        if (found !== undefined) {
          page = found;
          steps += opened;
          return true;
        }
        const next = new Set(reached.flatMap(linksIn).filter((link) => !seen.has(link)));
        reached = [];
        for (const link of next) {
          seen.add(link);
          const answer = await who.get(link);
          if (answer.statusCode === 200) reached.push(answer.body);
        }
      }
      return false;
    },
    send: async (form, fields) => {
      const found = formIn(page, form, fields);
      assert.ok(found, `the page has no form ${form}`);
      const inputs = inputsIn(found);
      for (const { name, required } of inputs)
        assert.ok(!required || name in fields, `${form} asks for ${name}, which nobody has said`);
      for (const name of Object.keys(fields))
        assert.ok(inputs.some((input) => input.name === name) || found.includes(`name="${name}"`), `${form}: ${name}`);
      const hidden = inputs.filter(({ type }) => type === 'hidden').map(({ name, value }) => [name, value] as const);
      const answer = await who.post(form, { ...Object.fromEntries(hidden), ...fields });
      assert.ok(answer.statusCode < 400, `${form} is answered with ${answer.statusCode}`);
      steps += 1;
      page = await follow(answer);
    },
  };
}

const linksIn = (page: string): readonly string[] =>
  [...page.matchAll(/<a [^>]*href="(\/[^"#?]*)"/g)].map(([, path]) => path ?? '');

/** The form that posts there; of several, the one whose hidden inputs say what the person means. */
function formIn(page: string, path: string, fields: Readonly<Record<string, string>> = {}): string | undefined {
  const forms = [...page.matchAll(/<form[^>]*>[\s\S]*?<\/form>/g)]
    .map(([form]) => form)
    .filter((form) => form.includes(`action="${path}"`));
  const means = (form: string) =>
    inputsIn(form).every(
      ({ name, type, value }) => type !== 'hidden' || value === '' || (fields[name] ?? value) === value,
    );
  return forms.find(means);
}

function inputsIn(form: string) {
  const attribute = (tag: string, name: string) => new RegExp(`\\s${name}="([^"]*)"`).exec(tag)?.[1];
  return [...form.matchAll(/<input[\s\S]*?>/g)].map(([tag]) => ({
    name: attribute(tag, 'name') ?? '',
    type: attribute(tag, 'type') ?? 'text',
    value: attribute(tag, 'value') ?? '',
    required: /\srequired[\s/>]/.test(tag),
  }));
}
