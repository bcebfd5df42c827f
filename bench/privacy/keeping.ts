import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Declaration } from '../../product/src/index.ts';
import { openConsents } from '../../services/src/privacy/consents.ts';
import { openPersonalData } from '../../services/src/privacy/kept/kept.ts';
import { VAULT_FILE } from '../../services/src/privacy/vault/file.ts';
import { openVault } from '../../services/src/privacy/vault/vault.ts';
import { openStore } from '../../services/src/store/open.ts';
import { openIngest } from '../../services/src/telemetry/ingest.ts';

/** Store, vault and ingest as the services have them, in a folder that goes. */
export const DEVICES = 100;
export const ITEM = 'climate';

export const openKeeping = async (
  declaration: Declaration,
  /** what lies in the vault before it is opened; then it has a replica too */
  before?: (folder: string) => void,
) => {
  const dir = mkdtempSync(join(tmpdir(), 'hearthward-bench-'));
  const clock = { now: () => Date.now() };
  const store = await openStore(dir, clock);
  const [folder, replica] = [join(dir, 'privacy'), join(dir, 'replica')];
  if (before) {
    await openVault({ folder, clock }).close();
    before(folder);
    mkdirSync(replica);
    copyFileSync(join(folder, VAULT_FILE), join(replica, VAULT_FILE));
  }
  const vault = openVault({ folder, replicas: before ? [replica] : [], clock });
  const consents = await openConsents(store, vault);
  const data = openPersonalData({ store, vault, consents, clock, declarations: [declaration] });
  const ids = Array.from({ length: DEVICES }, (_, n) => `device${String(n).padStart(4, '0')}`);
  for (const id of ids) {
    const device = {
      device_id: id,
      product_id: declaration.product.id,
      serial: id,
      mac: '',
      batch: '',
      fingerprint: '',
    };
    const times = { made_at: 1, epoch: 0, enrolled_at: 1, revoked_at: null, held_at: null, held_because: null };
    await store.db
      .insertInto('devices')
      .values({ ...device, ...times, cleared_at: null })
      .execute();
    await store.db.insertInto('device_state').values({ device_id: id, connected: 0, last_seen: null }).execute();
  }
  return {
    dir,
    store,
    vault,
    consents,
    data,
    ids,
    ingest: openIngest(store, clock, undefined, undefined, { data }),
    async close() {
      await vault.close();
      await store.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
};

/** The hub with its telemetry as one item on contract, kept for 90 days; or as nobody's. */
export const declaredWith = (hub: Declaration, legalBasis: 'contract' | undefined): Declaration => ({
  ...hub,
  personalData: legalBasis ? [itemOf(hub, ITEM, legalBasis)] : [],
  telemetryData: hub.telemetryData.map((field) => ({ ...field, personalData: legalBasis ? ITEM : false })),
});

/** The hub with its telemetry twice, under two names of one length: once as an item on consent, once as one on contract. */
export const declaredTwice = (hub: Declaration): Declaration => ({
  ...hub,
  personalData: [itemOf(hub, TWICE.consent.item, 'consent'), itemOf(hub, TWICE.contract.item, 'contract')],
  telemetryData: Object.values(TWICE).flatMap(({ item, suffix }) =>
    hub.telemetryData.map((field) => ({ ...field, id: `${field.id}${suffix}`, personalData: item })),
  ),
});
export const TWICE = {
  consent: { item: `${ITEM}-a`, suffix: '-a' },
  contract: { item: `${ITEM}-b`, suffix: '-b' },
} as const;

const itemOf = (hub: Declaration, id: string, legalBasis: 'consent' | 'contract') => {
  const [item] = hub.personalData;
  if (!item) throw new Error('the hub declares no personal data');
  return { ...item, id, legalBasis, retentionDays: 100 };
};
