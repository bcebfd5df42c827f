import assert from 'node:assert/strict';
import { request } from 'node:https';
import { UNIT_ADDRESS } from '../src/line.ts';

/** The owner's browser: keeps cookies, sends the hidden input of a page's form back. */
export class Owner {
  readonly #port: number;
  readonly #host: string;
  readonly #cookies = new Map<string, string>();

  /** @param host of the device under test where it is not named */
  constructor(port: number, host = UNIT_ADDRESS) {
    this.#port = port;
    this.#host = host;
  }

  /** Sends the form that stands on `page`. */
  async post(page: string, path: string, fields: Record<string, string>): Promise<{ status: number; body: string }> {
    return this.#send('POST', path, await this.#form(page, fields));
  }

  async signIn(password: string, user = 'owner'): Promise<void> {
    const answer = await this.#send('POST', '/login', await this.#form('/login', { user, password }));
    assert.equal(answer.status, 303, answer.body);
    // whoever was signed in before is signed out, as the device offers
    const page = '/login/session';
    const offered = await this.#send('GET', page);
    if (offered.status === 200) await this.#send('POST', page, await this.#form(page, { choice: 'end' }));
  }

  async choose(remote: string): Promise<void> {
    const answer = await this.#send('POST', '/safety/remote', await this.#form('/safety', { remote }));
    assert.equal(answer.status, 303, answer.body);
  }

  /** has keys made anew; the page that tells of it, and its status */
  async renewKeys(keys: string, current: string): Promise<{ status: number; body: string }> {
    return this.post('/safety', '/safety/keys', { keys, current });
  }

  async page(path: string): Promise<string> {
    const { status, body } = await this.#send('GET', path);
    assert.equal(status, 200);
    return body;
  }

  async status(): Promise<Record<string, unknown>> {
    return JSON.parse((await this.#send('GET', '/api/status')).body) as Record<string, unknown>;
  }

  async #form(page: string, fields: Record<string, string>): Promise<string> {
    const { body } = await this.#send('GET', page);
    const token = /name="_csrf" value="([^"]*)"/.exec(body)?.[1] ?? '';
    return new URLSearchParams({ _csrf: token, ...fields }).toString();
  }

  #send(method: string, path: string, body?: string): Promise<{ status: number; body: string }> {
    return new Promise((resolve, reject) => {
      const headers = {
        cookie: [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; '),
        ...(body === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }),
      };
      const options = { host: this.#host, port: this.#port, method, path, headers, rejectUnauthorized: false };
      const asked = request({ ...options, agent: false }, (answer) => {
        for (const line of answer.headers['set-cookie'] ?? []) {
          const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
          this.#cookies.set(name, value);
        }
        const parts: Buffer[] = [];
        answer.on('data', (part: Buffer) => parts.push(part));
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body: Buffer.concat(parts).toString() }));
      });
      asked.on('error', reject);
      asked.end(body);
    });
  }
}
