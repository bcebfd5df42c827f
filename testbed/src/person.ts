import { randomInt } from 'node:crypto';
import { request } from 'node:https';
import { connect } from 'node:tls';

/**
 * Plays the person who sets the device up: opens the address on the label, checks that the certificate is the one
 * on the label, reads each page, fills its form, presses its button. It knows pages and forms, not the device.
 */
export interface SetUpBy {
  readonly url: string;
  readonly fingerprint: string;
  readonly labelPassword: string;
  readonly newPassword: string;
  readonly deviceName: string;
}

const LONGEST_WALK = 12;

/** The person cannot go on; says at which page. */
export class PersonStuck extends Error {
  readonly code = 'person-stuck';
  readonly cure = 'look at the page in a browser, or start with an empty data folder';
}

export const setUpAsAPerson = async (by: SetUpBy): Promise<number> => {
  const browser = new Browser(by.url, await certificateOnLabel(by.url, by.fingerprint));
  let page = await browser.open('/');
  for (let pages = 1; pages <= LONGEST_WALK; pages++) {
    const form = formsOf(page.body).find((candidate) => candidate.fields.some((field) => field.type !== 'hidden'));
    if (!form) {
      // Nothing is asked any more: the set-up is over if the first page is the product's own.
      const home = await browser.open('/');
      if (home.path === '/') return pages;
      throw new PersonStuck(
        `${page.path} asks nothing, yet the device is not set up; it says: ${textOf(page.body).slice(0, 300)}`,
      );
    }
    page = await browser.submit(form, fill(form, by));
  }
  throw new PersonStuck(
    `the set-up did not end after ${LONGEST_WALK} pages; the last said: ${textOf(page.body).slice(0, 200)}`,
  );
};

/**
 * Groups of letters and digits that are hard to mistake: what a password manager would make up. Groups of three, since a
 * product may refuse rows such as `cdef` and `6543`, which chance makes as well.
 */
export const inventPassword = (): string => {
  const alphabet = 'abcdefghjkmnpqrstuvwxyz23456789';
  return Array.from({ length: 7 }, () =>
    Array.from({ length: 3 }, () => alphabet[randomInt(alphabet.length)]).join(''),
  ).join('-');
};

interface Field {
  readonly name: string;
  readonly type: string;
  readonly value: string;
}
interface Form {
  readonly action: string;
  readonly fields: readonly Field[];
}
interface Page {
  readonly path: string;
  readonly body: string;
}

/** Labels and names are what a person goes by: the field for the label password is the first password asked for. */
const fill = (form: Form, by: SetUpBy): Record<string, string> => {
  const values: Record<string, string> = {};
  for (const field of form.fields) {
    if (field.type === 'hidden') values[field.name] = field.value;
    else if (/label/i.test(field.name)) values[field.name] = by.labelPassword;
    else if (field.type === 'password') values[field.name] = by.newPassword;
    else if (/name/i.test(field.name)) values[field.name] = by.deviceName;
    // checkboxes stay as the page offers them: optional data uses are off
  }
  return values;
};

class Browser {
  readonly #origin: URL;
  readonly #certificate: string;
  readonly #cookies = new Map<string, string>();

  constructor(url: string, certificate: string) {
    this.#origin = new URL(url);
    this.#certificate = certificate;
  }

  open(path: string): Promise<Page> {
    return this.#go('GET', path);
  }

  submit(form: Form, values: Readonly<Record<string, string>>): Promise<Page> {
    return this.#go('POST', form.action, new URLSearchParams(values).toString());
  }

  async #go(method: string, path: string, body?: string): Promise<Page> {
    let answer = await this.#send(method, path, body);
    for (let hops = 0; answer.location !== undefined && hops < 5; hops++) {
      path = new URL(answer.location, this.#origin).pathname;
      answer = await this.#send('GET', path);
    }
    if (answer.status >= 500) throw new PersonStuck(`the device answered ${answer.status} on ${path}`);
    return { path, body: answer.body };
  }

  #send(
    method: string,
    path: string,
    body?: string,
  ): Promise<{ status: number; location: string | undefined; body: string }> {
    return new Promise((resolve, reject) => {
      const sent = request(
        new URL(path, this.#origin),
        {
          method,
          // The label, not a public authority, vouches for a device in the home: this one certificate and no other.
          ca: this.#certificate,
          checkServerIdentity: () => undefined,
          headers: {
            origin: this.#origin.origin,
            cookie: [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; '),
            ...(body === undefined
              ? {}
              : { 'content-type': 'application/x-www-form-urlencoded', 'content-length': Buffer.byteLength(body) }),
          },
        },
        (answer) => {
          for (const line of answer.headers['set-cookie'] ?? []) {
            const [pair = ''] = line.split(';');
            const at = pair.indexOf('=');
            this.#cookies.set(pair.slice(0, at), pair.slice(at + 1));
          }
          const parts: Buffer[] = [];
          answer.on('data', (part: Buffer) => parts.push(part));
          answer.on('end', () =>
            resolve({
              status: answer.statusCode ?? 0,
              location: answer.headers.location,
              body: Buffer.concat(parts).toString('utf8'),
            }),
          );
        },
      );
      sent.on('error', reject);
      sent.end(body);
    });
  }
}

/** The certificate that the device shows, if it is the one whose fingerprint the label prints. */
const certificateOnLabel = (url: string, fingerprint: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    const socket = connect({ host: hostname, port: Number(port), rejectUnauthorized: false, timeout: 5000 }, () => {
      const shown = socket.getPeerX509Certificate();
      socket.destroy();
      if (shown?.fingerprint256.replaceAll(':', '').toLowerCase() === fingerprint) return resolve(shown.toString());
      return reject(new PersonStuck('the device shows another certificate than the one on its label'));
    });
    socket.on('error', reject);
    socket.on('timeout', () => socket.destroy(new PersonStuck(`nothing answers at ${url}`)));
  });

const formsOf = (html: string): Form[] =>
  [...html.matchAll(/<form\b([^>]*)>([\s\S]*?)<\/form>/gi)].map(([, head = '', inside = '']) => ({
    action: attribute(head, 'action') ?? '/',
    fields: [...inside.matchAll(/<input\b([^>]*)>/gi)].flatMap(([, input = '']) => {
      const name = attribute(input, 'name');
      const type = attribute(input, 'type') ?? 'text';
      return name === undefined || type === 'submit' || type === 'checkbox'
        ? []
        : [{ name, type, value: attribute(input, 'value') ?? '' }];
    }),
  }));

const attribute = (text: string, name: string): string | undefined =>
  text
    .match(new RegExp(`\\b${name}="([^"]*)"`, 'i'))?.[1]
    ?.replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');

const textOf = (html: string): string =>
  html
    .replace(/<[^>]+>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
