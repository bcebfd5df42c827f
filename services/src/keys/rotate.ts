import { join } from 'node:path';
import type { KeyEntry } from '@hearthward/protocol';
import type { Clock } from '../clock.ts';
import { renewSeal } from '../authority/sealed.ts';
import { audit } from '../operators/audit.ts';
import { PRIVACY_FOLDER } from '../privacy/privacy.ts';
import { UPDATES_FOLDER } from '../updates/repository/room.ts';
import type { Store } from '../store/open.ts';
import { SERVICE_KEYS, type ServiceKeyId } from './register.ts';

/** Replaces the services' own keys while they serve. Each is on record with who did it and why. */
export interface ServiceKeys {
  readonly list: () => Promise<readonly ServiceKeyState[]>;
  /** `operator`: whose password, where that is what is rotated */
  readonly rotate: (id: string, by: Asked & { readonly operator?: string }) => Promise<Rotated>;
}
export interface ServiceKeyState extends Pick<KeyEntry, 'id' | 'purpose'> {
  /** whether `rotate` replaces it; others are replaced by themselves, in a ceremony, or never */
  readonly rotates: boolean;
  /** ISO 8601, when it was replaced by hand last; absent where it never was */
  readonly rotated?: string;
}
export interface Asked {
  readonly who: string;
  readonly why: string;
}
export type Rotated =
  /** `password`: the operator's new one, to be shown once */
  | { readonly ok: true; readonly password?: string }
  | {
      readonly ok: false;
      readonly code: 'key-unknown' | 'key-not-rotated' | 'no-reason' | 'operator-unknown';
      readonly because: string;
    };

const LEAST_REASON = 10;

export function openServiceKeys(world: {
  readonly store: Store;
  readonly dataDir: string;
  readonly clock: Clock;
  readonly renewServer: (asked: Asked) => Promise<void>;
  readonly renewPassword: (operator: string) => Promise<string>;
}): ServiceKeys {
  const { store, dataDir, clock } = world;
  const seal = (folder: string) => async (): Promise<Extract<Rotated, { ok: true }>> => {
    renewSeal(join(dataDir, folder));
    return { ok: true };
  };
  const ways: Partial<Record<ServiceKeyId, (by: Parameters<ServiceKeys['rotate']>[1]) => Promise<Rotated>>> = {
    server: async ({ who, why }) => {
      await world.renewServer({ who, why });
      return { ok: true };
    },
    'authority-seal': seal('authority'),
    'management-seal': seal('management'),
    'factory-seal': seal('factory'),
    'privacy-seal': seal(PRIVACY_FOLDER),
    'update-seal': seal(join(UPDATES_FOLDER, 'keys')),
    'operator-password': async ({ operator = '' }) => {
      const known = await store.db
        .selectFrom('operators')
        .select('name')
        .where('name', '=', operator)
        .executeTakeFirst();
      if (!known) return refusal('operator-unknown', `there is no operator ${operator || 'without a name'}`);
      return { ok: true, password: await world.renewPassword(operator) };
    },
  };
  let last: Promise<unknown> = Promise.resolve();

  return {
    async list() {
      const rows = await store.db
        .selectFrom('audit')
        .select(['subject', 'at'])
        .where('action', '=', 'key-rotated')
        .orderBy('id')
        .execute();
      const at = new Map(rows.map((row) => [row.subject, Number(row.at)]));
      return SERVICE_KEYS.map(({ id, purpose }) => {
        const rotated = at.get(id);
        return {
          id,
          purpose,
          rotates: id in ways,
          ...(rotated === undefined ? {} : { rotated: new Date(rotated).toISOString() }),
        };
      });
    },
    // EN 303 645 5.5-8, G044 6.5.8, G045 CR-1-3: on demand, one at a time, on record, while devices are served
    rotate(id, by) {
      const done = last.then(() => rotateOne(id, by));
      last = done.catch(() => undefined);
      return done;
    },
  };

  async function rotateOne(id: string, by: Parameters<ServiceKeys['rotate']>[1]): Promise<Rotated> {
    const entry = SERVICE_KEYS.find((each) => each.id === id);
    if (!entry) return refusal('key-unknown', `no key is called ${id}`);
    const way = ways[entry.id];
    if (!way) return refusal('key-not-rotated', notByHand(entry));
    if (by.who.trim() === '' || by.why.trim().length < LEAST_REASON)
      return refusal('no-reason', 'say who does it, and why in at least ten letters');
    const rotated = await way(by);
    if (rotated.ok)
      await audit(store.db, clock.now(), {
        actor: by.who.trim(),
        action: 'key-rotated',
        subject: id,
        detail: { why: by.why.trim() },
      });
    return rotated;
  }
}

const notByHand = ({ id, rotation }: KeyEntry): string =>
  'never' in rotation ? `${id} is never replaced: ${rotation.never}` : `${id} is replaced otherwise: ${rotation.how}`;

const refusal = (code: Extract<Rotated, { ok: false }>['code'], because: string): Rotated => ({
  ok: false,
  code,
  because,
});
