import { writeHeapSnapshot } from 'node:v8';
import declaration from '@hearthward/example-hub';
import { hub } from '@hearthward/example-hub/hub';
import { startDeviceInProcess } from '../../src/index.ts';

/**
 * A whole device in a process of its own, for a test that looks into its memory: `fork(this, [DATA])`. Answers each
 * message `{ snapshot: FILE }` once the heap has been collected and written there.
 */
const device = await startDeviceInProcess({ declaration, product: hub, dataDir: process.argv[2] ?? '' });
process.on('message', ({ snapshot }: { readonly snapshot: string }) => {
  writeHeapSnapshot(snapshot);
  process.send?.({ written: snapshot });
});
process.once('disconnect', () => void device.stop());
process.send?.({ listen: device.listen });
