import { KEY_CHOICES, type KeyChoice, type KeysView } from '@hearthward/web';
import type { RenewedKey } from '../../secrets/renewal.ts';
import type { PanelContext } from '../context.ts';
import type { Desk } from '../desk.ts';
import { TROUBLE } from '../http/answers.ts';
import { safetyView } from '../views.ts';
import { html, refuse } from '../visit.ts';
import { confirm, tooSoon } from './confirm.ts';
import type { Duty } from './duty.ts';

type Part = Exclude<KeyChoice, 'all'>;
const KEYS_OF: Readonly<Record<Part, readonly RenewedKey[]>> = {
  stored: ['keystore', 'data'],
  panel: ['panel'],
  connection: ['channel'],
};
/** A person waits no longer for the manufacturer's services; the renewal goes on by itself. */
const PATIENCE_MS = 5_000;

/** The owner has keys of the device made anew, and sees what the new ones are known by. */
// EN 303 645 5.5-8, 5.5-5, G044 6.5.8, G045 CR-1-3, AU-1-2: keys are replaced on demand, by who has just proven who they are
export const renewKeys: Duty = async (desk, declared, request, reply, input) => {
  const { visit } = request;
  const { keys, parts } = desk.context;
  const chosen = KEY_CHOICES.find((choice) => Object.values(input).includes(choice));
  if (!keys || chosen === undefined) return refuse(desk, visit, reply, TROUBLE.conflict);
  const current = await confirm(desk, declared, request, reply, input);
  if (current === 'busy') return refuse(desk, visit, reply, TROUBLE.busy);
  if (typeof current === 'object') return tooSoon(desk, request, reply, current.waitSeconds);
  if (current === 'wrong') {
    const view = safetyView(desk, { ...visit, refused: 'refused.wrong-password' });
    return html(reply, parts.pages.safetyPage(view), 403);
  }
  const renewed = await carriedOut(desk, keys, chosen === 'all' ? ['stored', 'panel', 'connection'] : [chosen]);
  return html(reply, parts.pages.safetyPage(safetyView(desk, visit, renewed)), declared.success.status?.[0] ?? 200);
};

/** One part after the other; that of the channel last, since it alone waits for somebody else. */
async function carriedOut(
  desk: Desk,
  keys: NonNullable<PanelContext['keys']>,
  parts: readonly Part[],
): Promise<KeysView['renewed']> {
  const renewed = [];
  for (const key of parts) {
    const before = shownBy(keys, key);
    const done = await inTime(keys.renew(KEYS_OF[key]), desk.context.onFault);
    const after = shownBy(keys, key);
    const changed = before === undefined ? done : after !== before;
    renewed.push({ key, done: changed, ...(before ? { before } : {}), ...(changed && after ? { after } : {}) });
  }
  return renewed;
}

const shownBy = (keys: NonNullable<PanelContext['keys']>, part: Part): string | undefined => {
  if (part === 'panel') return keys.panelFingerprints().at(-1);
  return part === 'connection' ? keys.channelFingerprint() : undefined;
};

async function inTime(work: Promise<void>, onFault: PanelContext['onFault']): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(() => resolve('late'), PATIENCE_MS);
  });
  const outcome = await Promise.race([work, late]).finally(() => clearTimeout(timer));
  if (outcome === 'late') work.catch((thrown: unknown) => onFault?.(thrown));
  return outcome !== 'late';
}
