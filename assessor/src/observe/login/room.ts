import type { Declaration } from '@hearthward/product';
import type { HttpProbe, MqttProbe } from '../../model.ts';
import type { Target } from '../../target.ts';
import type { Hand } from '../wire/hand.ts';

export type Mechanism = Declaration['authenticationMechanisms'][number];

/** What logging in needs of the rest. */
export interface LoginRoom {
  readonly declaration: Declaration;
  readonly target: Target;
  readonly hand: Hand;
  readonly http: HttpProbe;
  readonly mqtt: MqttProbe;
  readonly clock: { readonly now: () => number };
}

export type Login = NonNullable<Mechanism['login']>;

export interface Account {
  readonly user?: string;
  readonly password: string;
}

/** The path that an answer of `base` leads to. */
export function pathOf(location: string | undefined, base: string): string | undefined {
  if (location === undefined || !URL.canParse(location, `http://form.invalid${base}`)) return undefined;
  return new URL(location, `http://form.invalid${base}`).pathname;
}

/** What a browser sends with a form, and what forgery checks look at. */
export function originOf(room: LoginRoom, service: string): Readonly<Record<string, string>> {
  const endpoint = room.hand.endpoint(service);
  if (endpoint === undefined) return {};
  const host = endpoint.host.includes(':') ? `[${endpoint.host}]` : endpoint.host;
  return { origin: new URL(`${endpoint.scheme}://${host}:${endpoint.port}`).origin };
}
