import { Socket } from 'node:net';
import { parseArgs } from 'node:util';
import { knownAtStart } from '../channel/clock/clock.ts';
import { estEnrolment, type EnrolmentParts } from '../channel/est.ts';
import { plainFault } from '../driver/faults.ts';
import { readFactoryBundle } from '../manufacture/bundle.ts';
import { guardSettingsIn, type GuardSettings } from '../secrets/guards/guard.ts';
import { guardFor } from '../secrets/guards/open.ts';
import { openKeystore } from '../secrets/keystore.ts';
import { serveSigner } from '../secrets/remote.ts';
import { softwareSigner } from '../secrets/signer.ts';
import type { Signer } from '../secrets/signer.ts';
import { PAIR_DESCRIPTOR, type FromChild } from './messages.ts';
import { isOrphan } from './orphan.ts';

/**
 * The process that alone holds the keys. It has no network: its only ways out are the inherited socket pair to core and
 * the line to `boot`. It runs none of the product's code.
 */
export const openSoftwareSigner = (
  dataDir: string,
  system = { now: () => Date.now() },
  {
    guard,
    mayZeroise,
    ...parts
  }: EnrolmentParts & { readonly guard?: GuardSettings | undefined; readonly mayZeroise?: boolean | undefined } = {},
): Signer => {
  const { bundle } = readFactoryBundle(dataDir);
  const known = knownAtStart(bundle.madeAt);
  const clock = { now: () => Math.max(system.now(), known) };
  return softwareSigner({
    keystore: openKeystore(dataDir, guardFor(guard)),
    identity: () => ({
      deviceId: bundle.deviceId,
      certificates: bundle.initialIdentity,
      anchors: bundle.anchors,
    }),
    enrolment: estEnrolment(() => ({ url: bundle.services.enrolment, deviceId: bundle.deviceId }), parts),
    clock,
    mayZeroise,
  });
};

const serve = (dataDir: string, guard: GuardSettings, mayZeroise: boolean): void => {
  const signer = openSoftwareSigner(dataDir, undefined, { guard, mayZeroise });
  const stream = new Socket({ fd: PAIR_DESCRIPTOR, readable: true, writable: true });
  const stop = (): void => {
    signer.close();
    stream.destroy();
    if (process.connected) process.disconnect?.();
  };
  stream.once('close', stop);
  stream.on('error', stop);
  process.once('disconnect', stop);
  process.once('SIGTERM', stop);
  // Ctrl-C reaches the whole group; boot alone decides.
  process.on('SIGINT', () => undefined);
  if (isOrphan()) return stop();
  serveSigner(signer, stream);
  tell({ type: 'ready' });
};

const tell = (message: FromChild): void => void process.send?.(message);

if (import.meta.main) {
  // no boundary: the command line of boot; guard-settings says what becomes of it
  const { values } = parseArgs({
    options: { data: { type: 'string' }, guard: { type: 'string' }, 'may-zeroise': { type: 'boolean' } },
  });
  try {
    serve(values.data ?? '', guardSettingsIn(values.guard), values['may-zeroise'] === true);
  } catch (thrown) {
    process.exitCode = 1;
    tell({ type: 'fault', fault: plainFault(thrown) });
    process.disconnect?.();
  }
}
