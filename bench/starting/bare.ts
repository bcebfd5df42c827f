import { createServer } from 'node:https';

/** One page over TLS, and nothing else: the yardstick of a start. Its key and certificate come over the line that it was started with. */
process.once('message', ({ key, cert }: { readonly key: string; readonly cert: string }) => {
  createServer({ key, cert }, (_request, response) => void response.end('<!doctype html><title>bare</title>')).listen(
    0,
    '127.0.0.1',
    () => process.send?.({ type: 'ready' }),
  );
});
process.once('SIGTERM', () => process.exit());
