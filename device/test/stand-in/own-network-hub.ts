import declaration from '@hearthward/example-hub';
import { hub } from '@hearthward/example-hub/hub';
import { runDevice } from '../../src/index.ts';

/** The hub as a device of its own: nothing else is in its network namespace. */
await runDevice({ declaration, product: hub, moduleUrl: import.meta.url, network: 'own' });
