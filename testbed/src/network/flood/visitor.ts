import { request } from 'node:https';

/**
 * Somebody honest, in a network of the home: `node visitor.ts HOST PORT TIMES`. Each visit is a connection of its own, with
 * a whole handshake, that reads one page. Prints one JSON line of milliseconds, -1 for a visit that was not served.
 */
const [host = '', port = '', times = ''] = process.argv.slice(2);
const PATIENCE = 10_000;
const PAUSE = 15;

const visit = (): Promise<number> =>
  new Promise((resolve) => {
    const came = performance.now();
    const options = { host, port: Number(port), path: '/login', agent: false as const, rejectUnauthorized: false };
    const asked = request({ ...options, timeout: PATIENCE }, (answer) => {
      answer.resume();
      answer.on('end', () => resolve(answer.statusCode === 200 ? performance.now() - came : -1));
    });
    asked.on('timeout', () => asked.destroy(new Error('no answer in time')));
    asked.on('error', () => resolve(-1));
    asked.end();
  });

const waited: number[] = [];
for (let done = 0; done < Number(times); done++) {
  waited.push(await visit());
  await new Promise((resolve) => setTimeout(resolve, PAUSE));
}
process.stdout.write(`${JSON.stringify(waited)}\n`);
