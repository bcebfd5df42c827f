import type { Card, HomeView, KeysView, PasswordView, ResetView, SafetyView } from '@hearthward/web';
import type { Language } from '@hearthward/standards';
import { PIN_LENGTH } from '../access/passwords/pin.ts';
import { textOf } from '../logging/text.ts';
import type { SelfCheck } from '../setup/check/self.ts';
import type { Desk } from './desk.ts';
import { readState } from './documents.ts';
import { deviceName, frameOf, type Visit } from './visit.ts';

/** What each page shows, from the declaration and the store. */

interface Words {
  readonly en: string;
  readonly ms?: string;
}
export const say = (words: Words, language: Language): string => words[language] ?? words.en;

export const homeView = (desk: Desk, visit: Visit): HomeView => ({
  ...frameOf(visit),
  deviceName: deviceName(desk, visit.language),
  cards: desk.context.product.home(visit.language).map((card) => allowedOf(card, visit)),
  connected: desk.context.connection(),
});

// G045 AU-1-6: who may not do it is not offered it
function allowedOf(card: Card, visit: Visit): Card {
  const { action, ...told } = card;
  return action && visit.session?.may.includes(action.path) ? { ...told, action } : told;
}

export function passwordView(desk: Desk, visit: Visit, refused: readonly string[] = []): PasswordView {
  const account = readState(desk.context.store, 'accounts').accounts.find(
    ({ name }) => name === visit.session?.account,
  );
  const { minimumLength, maximumLength } = desk.passwordLimits;
  return {
    ...frameOf(visit),
    minimumLength: account?.pin ? PIN_LENGTH.minimum : minimumLength,
    maximumLength: account?.pin ? PIN_LENGTH.maximum : maximumLength,
    refused,
    ...(account?.pin ? { pin: account.pin } : {}),
    ...(account?.mustChange ? { first: true } : {}),
  };
}

/** Field of the reset by which a person has what the services keep of them erased too. */
export const ALSO_SERVICES = 'services';
/** a declared field of the reset: whether the device is to be used again */
export const AFTERWARDS = 'after';

/** @param functionId the declared function that erases */
export function resetView(desk: Desk, visit: Visit, functionId: string, refused: readonly string[] = []): ResetView {
  const { deletionFunctions, personalData } = desk.context.declaration;
  const nameOf = (id: string): string => {
    const item = personalData.find((each) => each.id === id);
    return item ? say(item.name, visit.language) : id;
  };
  const deletes = deletionFunctions.filter((each) => each.function === functionId).flatMap((each) => each.deletes);
  const fields = desk.functions.find(({ id }) => id === functionId)?.request.fields.map(({ name }) => name) ?? [];
  return {
    ...frameOf(visit),
    deletes: deletes.map(nameOf),
    refused,
    ...(fields.includes(ALSO_SERVICES) ? { services: true } : {}),
    ...(fields.includes(AFTERWARDS) ? { after: true } : {}),
  };
}

/** Pages of the declaration are addresses, or paths below the manufacturer's site. */
export const onSite = (desk: Desk, page: string): string =>
  new URL(page, desk.context.declaration.manufacturer.site).href;

const EVENTS_SHOWN = 50;

// EN 303 645 5.3-16, 5.12-3, G044 6.3.16, 6.12.3, G045 PL-4-1: model, support period, and what happened lately
export function safetyView(desk: Desk, visit: Visit, renewed?: KeysView['renewed']): SafetyView {
  const { declaration, store, identity } = desk.context;
  return {
    ...frameOf(visit),
    model: declaration.product.model.designation,
    serial: identity.serial,
    softwareVersion: declaration.product.softwareVersion,
    // G045 PL-4-3: who reads a time in the log can see who vouches for it
    time: desk.context.timeSource?.() ?? 'unknown',
    supportUntil: declaration.support.until,
    supportUrl: onSite(desk, declaration.userInformation.support),
    events: store
      .events(EVENTS_SHOWN)
      .map((event) => ({ at: event.at, kind: event.kind, text: textOf(event, visit.language) })),
    sessions: readState(store, 'sessions').sessions.length,
    ...remoteOf(desk),
    ...logServerOf(desk),
    ...keysOf(desk, renewed),
    checks: checksOf(desk, visit.language),
    ...checkedOf(desk),
  };
}

/** Offered where it is declared and the device was made for it. */
function remoteOf({ functions, context }: Desk): Pick<SafetyView, 'remote'> {
  const offered = context.management?.possible && functions.some(({ id }) => id === 'set-remote-management');
  return offered ? { remote: context.management?.allowed()?.hours ?? 'off' } : {};
}

/** Offered where it is declared. */
function logServerOf({ functions, context }: Desk): Pick<SafetyView, 'logServer'> {
  const { forwarding } = context;
  if (!forwarding || !functions.some(({ id }) => id === 'set-log-server')) return {};
  return { logServer: forwarding.server() ?? 'off' };
}

/** Offered where it is declared. */
function keysOf({ functions, context }: Desk, renewed: KeysView['renewed']): Pick<SafetyView, 'keys'> {
  const { keys } = context;
  const [label, ...later] = keys?.panelFingerprints() ?? [];
  if (!keys || label === undefined || !functions.some(({ purpose }) => purpose === 'renew-keys')) return {};
  const connection = keys.channelFingerprint();
  const algorithm = keys.channelAlgorithm();
  return {
    keys: {
      label,
      panel: later.at(-1) ?? label,
      ...(connection ? { connection } : {}),
      ...(connection && algorithm ? { algorithm } : {}),
      ...(renewed ? { renewed } : {}),
    },
  };
}

/** The device's own answer to "is it securely set up?". */
function checksOf({ context, now }: Desk, language: Language): readonly SelfCheck[] {
  const { setupCheck, declaration, store, protection, parts } = context;
  const accounts = () => readState(store, 'accounts');
  return setupCheck?.self(language) ?? parts.selfCheck({ declaration, accounts, now, protection, own: {} }, language);
}

/** What the manufacturer said when it was last asked. Offered where it is declared. */
function checkedOf({ context, functions, now }: Desk): Pick<SafetyView, 'checked'> {
  const { setupCheck } = context;
  if (!setupCheck?.offered || !functions.some(({ id }) => id === 'check-setup')) return {};
  const last = setupCheck.last();
  if (!last) return { checked: 'never' };
  const ageSeconds = Math.max(0, Math.floor((now() - last.at) / 1000));
  return { checked: { at: new Date(last.at).toISOString(), ageSeconds, ...last.outcome } };
}
