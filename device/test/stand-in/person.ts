import { request } from 'node:https';

/** A person with a browser: follows forms, keeps cookies, trusts the one certificate that the label names. */
export interface Person {
  readonly get: (path: string) => Promise<Answer>;
  /** fills in the form of a page and sends it, hidden fields included */
  readonly submit: (page: string, path: string, fields: Readonly<Record<string, string>>) => Promise<Answer>;
  /** values of the cookies that the browser was ever given, newest last */
  readonly given: readonly string[];
}
export interface Answer {
  readonly status: number;
  readonly location: string | undefined;
  readonly body: string;
}

export const person = (port: number, certificate: string): Person => {
  const cookies = new Map<string, string>();
  const given: string[] = [];
  const call = (method: string, path: string, body?: string): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const made = request(
        {
          host: '127.0.0.1',
          port,
          path,
          method,
          agent: false,
          ca: certificate,
          servername: 'localhost',
          headers: {
            cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; '),
            ...(body === undefined
              ? {}
              : { 'content-type': 'application/x-www-form-urlencoded', 'content-length': Buffer.byteLength(body) }),
          },
        },
        (answer) => {
          for (const cookie of answer.headers['set-cookie'] ?? []) {
            const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
            cookies.set(name, value);
            given.push(value);
          }
          const chunks: Buffer[] = [];
          answer.on('data', (chunk: Buffer) => chunks.push(chunk));
          answer.on('end', () =>
            resolve({
              status: answer.statusCode ?? 0,
              location: answer.headers.location,
              body: Buffer.concat(chunks).toString('utf8'),
            }),
          );
          answer.on('error', reject);
        },
      );
      made.on('error', reject);
      made.end(body);
    });
  return {
    given,
    get: (path) => call('GET', path),
    submit: async (page, path, fields) => {
      const { body } = await call('GET', page);
      const form = new URLSearchParams({ ...hiddenInputs(formTo(path, body)), ...fields });
      return call('POST', path, form.toString());
    },
  };
};

export const NEW_PASSWORD = 'three-Quiet-Harbours';

/** The set-up as a person goes through it. */
export const setUp = async (
  who: Person,
  labelPassword: string,
  name = 'Living room',
  password = NEW_PASSWORD,
): Promise<Answer> => {
  const steps = [
    { step: '1', labelPassword },
    { step: '2', password, repeat: password },
    { step: '3', name },
  ];
  for (const fields of steps) {
    const answer = await who.submit('/setup', '/setup', fields);
    if (answer.status !== 303) return answer;
  }
  return who.get('/setup');
};

/** A page may have several forms, each with hidden fields of its own. */
const formTo = (path: string, page: string): string =>
  [...page.matchAll(/<form[^>]*>[\s\S]*?<\/form>/g)]
    .map(([form]) => form)
    .find((form) => form.includes(`action="${path}"`)) ?? '';

const hiddenInputs = (page: string): Record<string, string> =>
  Object.fromEntries(
    [...page.matchAll(/<input[^>]*type="hidden"[^>]*>/g)].flatMap(([input]) => {
      const name = /name="([^"]*)"/.exec(input)?.[1];
      const value = /value="([^"]*)"/.exec(input)?.[1];
      return name === undefined ? [] : [[name, value ?? '']];
    }),
  );
