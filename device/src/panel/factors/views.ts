import { isIP } from 'node:net';
import type { NewCodeView, NewPasskeyView, SecurityView } from '@hearthward/web';
import { factorsOf } from '../../access/accounts.ts';
import { ceremonyOf } from '../../access/factors/ceremony/decide.ts';
import { MAX_PASSKEYS } from '../../access/factors/factors.ts';
import { creationOptions, rpIdOf } from '../../access/factors/passkeys.ts';
import { pictureOf } from '../../access/factors/picture.ts';
import { appAddress } from '../../access/factors/totp.ts';
import { hashOf } from '../../access/sessions/decide.ts';
import type { Desk } from '../desk.ts';
import { readState } from '../documents.ts';
import { deviceName, frameOf, type Visit } from '../visit.ts';

/** What the pages of second factors show. */

export function securityView(desk: Desk, visit: Visit): SecurityView {
  const { code, passkeys, recovery } = factorsIn(desk, visit);
  return {
    ...frameOf(visit),
    code: code !== undefined,
    passkeys: passkeys.map(({ id, name, rpId, addedAt, cloned }) => ({
      id,
      name,
      rpId,
      addedAt: new Date(addedAt).toISOString(),
      cloned,
    })),
    addPasskey: addPasskey(desk, visit, passkeys.length),
    ...(recovery ? { recoveryLeft: recovery.tags.length } : {}),
  };
}

function addPasskey(desk: Desk, visit: Visit, count: number): SecurityView['addPasskey'] {
  if (count >= MAX_PASSKEYS) return { kind: 'full' };
  const name = nameOf(desk);
  if (rpIdOf(visit.host) !== undefined || name === undefined) return { kind: 'here' };
  return { kind: 'elsewhere', address: addressAt(visit, name) };
}

/** A name under which people reach the panel; one of the home before the one that only the device itself has. */
const nameOf = ({ context: { hosts = [] } }: Desk): string | undefined => {
  const names = hosts.filter((host) => isIP(host) === 0);
  return names.find((name) => name !== 'localhost') ?? names[0];
};

/** The panel under another name, at the same port. */
export const addressAt = (visit: Visit, name: string): string =>
  `https://${name}${/:\d{1,5}$/.exec(visit.host ?? '')?.[0] ?? ''}`;

export async function newCodeView(desk: Desk, visit: Visit, refused: readonly string[] = []): Promise<NewCodeView> {
  const { session, language } = visit;
  const asked = session && ceremonyOf(ceremonies(desk), hashOf(session.id), 'new-code', desk.now());
  if (!session || !asked) return frameOf(visit);
  const address = appAddress(asked.secret, deviceName(desk, language), session.account);
  const secret = asked.secret.match(/.{4}/g)?.join(' ') ?? asked.secret;
  return { ...frameOf(visit), refused, asked: { secret, picture: await pictureOf(address) } };
}

export function newPasskeyView(desk: Desk, visit: Visit): NewPasskeyView {
  const { session, language, host } = visit;
  const asked = session && ceremonyOf(ceremonies(desk), hashOf(session.id), 'new-passkey', desk.now());
  const rpId = rpIdOf(host);
  if (!session || !asked || rpId === undefined) return frameOf(visit);
  const options = creationOptions({
    rpId,
    device: deviceName(desk, language),
    account: session.account,
    userId: hashOf(`passkey user\0${session.account}`),
    challenge: asked.challenge,
    known: factorsIn(desk, visit).passkeys,
  });
  return { ...frameOf(visit), asked: { name: asked.name, options: JSON.stringify(options) } };
}

const ceremonies = (desk: Desk) => readState(desk.context.store, 'ceremonies');
const factorsIn = (desk: Desk, { session }: Visit) =>
  factorsOf(readState(desk.context.store, 'accounts'), session?.account ?? '');
