import type { Scope } from '../../operators/requests/decide.ts';
import { audit } from '../../operators/audit.ts';
import type { Clock } from '../../clock.ts';
import type { Store } from '../../store/open.ts';
import type { Consents, Vault } from '../seams.ts';
import { jsonExport } from './export.ts';
import { devicesFrom, type HoldingsParts, type Kept } from './holdings.ts';
import { nameInLog } from './looked.ts';

/** What is kept of a person whom an operator has identified, to be handed to them; the person sees that it was made. */
export const handingOut =
  (parts: {
    readonly store: Store;
    readonly clock: Clock;
    readonly vault: HoldingsParts['vault'] & Pick<Vault, 'subjectsFrom'>;
    readonly registry: HoldingsParts['registry'];
    readonly declarations: HoldingsParts['declarations'];
    readonly consents: Pick<Consents, 'recordsOf'>;
    readonly kept: Kept;
  }) =>
  async (
    scope: Scope,
    { by, requestId }: { readonly by: string; readonly requestId: string },
  ): Promise<AsyncIterable<string>> => {
    const { store, clock, vault, consents, kept } = parts;
    const subjects = scope.of === 'account' ? vault.subjectsOf(scope.account) : await unlinkedOn(scope.deviceId, parts);
    const devices = (await devicesFrom(parts, subjects)).filter(({ isBlocked }) => !isBlocked);
    await audit(store.db, clock.now(), {
      actor: by,
      action: 'personal-data-exported',
      subject: scope.of === 'account' ? nameInLog(scope.account) : scope.deviceId,
      detail: { reason: `request ${requestId}` },
    });
    const records = await consents.recordsOf(devices.flatMap((device) => device.subjects));
    return jsonExport({ kept, devices, consents: records, now: clock.now() });
  };

/** Of the household that lives there now; who has a code of their own is asked for with it. */
async function unlinkedOn(
  deviceId: string,
  { vault, registry }: Pick<Parameters<typeof handingOut>[0], 'vault' | 'registry'>,
): Promise<readonly string[]> {
  const device = await registry.find(deviceId);
  const subjects = device ? vault.subjectsFrom(deviceId, device.epoch) : [];
  return subjects.filter((subject) => !vault.originOf(subject)?.account);
}
