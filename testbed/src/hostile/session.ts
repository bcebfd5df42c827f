import type { ConnectionOptions } from 'node:tls';
import type { Declaration } from '@hearthward/product';
import type { Credentials } from './requests.ts';
import { encoded } from './values.ts';
import { openWire, type Reaction } from './wire.ts';

/** Signs in by the declared form and gives what a browser would hold then. @throws where it is not let in */
export const signInOverTheWire = async (
  connection: ConnectionOptions,
  host: string,
  declaration: Declaration,
  as: { readonly user: string; readonly password: string },
): Promise<Credentials> => {
  const mechanism = declaration.authenticationMechanisms.find(({ login }) => login?.kind === 'form');
  const login = mechanism?.login;
  if (mechanism === undefined || login?.kind !== 'form') throw new Error('no form to log in with is declared');
  const wire = await openWire(connection);
  const cookies = new Map<string, string>();
  const send = async (text: string): Promise<Exclude<Reaction, string>> => {
    const answer = await wire.send(Buffer.from(text, 'latin1'), { head: false, whole: true });
    if (typeof answer === 'string') throw new Error(`the panel did not answer: ${answer}`);
    for (const [, name = '', value = ''] of answer.head.matchAll(/^set-cookie: ([^=]+)=([^;]*)/gim))
      cookies.set(name, value);
    return answer;
  };
  const cookie = (): string => [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  const get = (path: string) => send(`GET ${path} HTTP/1.1\r\nhost: ${host}\r\ncookie: ${cookie()}\r\n\r\n`);
  const post = (path: string, fields: Readonly<Record<string, string>>) => {
    const body = Object.entries(fields)
      .map(([name, value]) => `${encoded(name)}=${encoded(value)}`)
      .join('&');
    return send(
      `POST ${path} HTTP/1.1\r\nhost: ${host}\r\norigin: https://${host}\r\ncookie: ${cookie()}\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    );
  };
  try {
    const page = await get(login.page);
    const { user, password } = login.fields;
    const fields = { ...(user === undefined ? {} : { [user]: as.user }), [password]: as.password };
    const answer = await post(login.path, { _csrf: tokenIn(page.body), ...fields });
    if (!login.success.status.includes(answer.status)) throw new Error(`not let in: ${answer.status}`);
    // another session of an administrator is ended where the declared offer asks
    const { secondLogin } = mechanism.session ?? {};
    if (secondLogin?.kind === 'offers' && new RegExp(`^location: ${secondLogin.page}`, 'im').test(answer.head)) {
      const offer = await get(secondLogin.page);
      await post(secondLogin.path, { _csrf: tokenIn(offer.body), [secondLogin.field]: secondLogin.value });
    }
    const home = await get('/');
    return { cookie: cookie(), csrf: tokenIn(home.body) };
  } finally {
    wire.end();
  }
};

const tokenIn = (html: string): string => /name="_csrf" value="([^"]*)"/.exec(html)?.[1] ?? '';
