import { randomBytes } from 'node:crypto';

/** Accounts of a lamp besides its owner's: what they sign in with, and as whom a session is in. */
export class Household {
  private readonly passwords = new Map<string, string>();
  private readonly sessions = new Map<string, string>();

  /** a password for the first sign-in */
  add(name: string): string {
    const made = randomBytes(12).toString('base64url');
    this.passwords.set(name, made);
    return made;
  }
  /** the sessions that were its own */
  remove(name: string, entirely: boolean): readonly string[] {
    if (entirely) this.passwords.delete(name);
    return [...this.sessions].flatMap(([id, whose]) => (whose === name ? [id] : []));
  }
  known(name: string, password: string): string | undefined {
    return password !== '' && this.passwords.get(name) === password ? name : undefined;
  }
  enter(session: string, name: string): void {
    this.sessions.set(session, name);
  }
  inside(session: string): { readonly change: (fields: URLSearchParams) => boolean } | undefined {
    const name = this.sessions.get(session);
    if (name === undefined) return undefined;
    return {
      change: (fields) => {
        const wanted = fields.get('password') ?? '';
        if (this.passwords.get(name) !== fields.get('current') || wanted.length < 10) return false;
        this.passwords.set(name, wanted);
        return true;
      },
    };
  }
}
