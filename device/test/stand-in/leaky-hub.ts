import { createServer, connect } from 'node:net';
import declaration from '@hearthward/example-hub';
import { hub } from '@hearthward/example-hub/hub';
import { runDevice, type ProductDevice } from '../../src/index.ts';

/** A hub whose functions open a listener that nobody declared, and call somebody whom nobody declared. */
const functions = (device: ProductDevice) => {
  createServer((socket) => socket.end('ready\n')).listen(0, '127.0.0.1');
  connect(1, '127.0.0.1').on('error', () => undefined);
  return hub(device);
};

await runDevice({
  declaration,
  product: Object.assign(functions, { control: hub.control }),
  moduleUrl: import.meta.url,
});
