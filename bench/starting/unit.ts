import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installFactoryBundle, installFirstRelease, prepareDevice } from '@hearthward/device';
import declaration from '@hearthward/example-hub';
import { startServices } from '@hearthward/services';
import { openDataFolder } from '../../cli/src/start/data-folder.ts';
import { buildFirst, firstFolder } from '../../cli/src/start/releases/first.ts';
import { beginOnce } from '../../cli/src/start/releases/repository.ts';

/** A hub as it leaves the factory: its image in a slot, its keys in its data folder, nobody's yet. */
export interface FactoryNew {
  readonly dataDir: string;
  readonly remove: () => void;
}

const ANY_PORT = { address: '127.0.0.1', port: 0 };

export const factoryNew = async (): Promise<FactoryNew> => {
  const dir = mkdtempSync(join(tmpdir(), 'hearthward-starting-'));
  // its processes have accounts of their own, and have to get there
  chmodSync(dir, 0o711);
  const data = openDataFolder(join(dir, 'line'));
  await buildFirst(data, new AbortController().signal);
  await beginOnce(data, declaration.product.id);
  const services = await startServices({
    dataDir: data.services,
    declarations: [declaration],
    listen: { https: ANY_PORT, enrolment: ANY_PORT, mqtts: ANY_PORT },
  });
  const dataDir = join(dir, 'data');
  try {
    const request = await prepareDevice({ dataDir, declaration, serial: 'BE0000000001', mac: '02:00:00:00:00:01' });
    const unit = await services.factory.makeDevice(request, { operator: 'bench', batch: 'bench' });
    if (!unit.ok) throw new Error(unit.because);
    await installFactoryBundle({ dataDir, bundle: unit.bundle, listen: { panel: ANY_PORT } });
  } finally {
    await services.stop();
  }
  await installFirstRelease({ dataDir, declaration, release: firstFolder(data) });
  return { dataDir, remove: () => rmSync(dir, { recursive: true, force: true }) };
};
