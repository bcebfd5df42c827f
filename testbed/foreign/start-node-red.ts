import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { answering, freePort, spawnLogged, type Started } from './running.ts';

export const NODE_RED_VERSION = '5.0.7';
const INSTALL_MS = 240_000;

/** Node-RED from the registry into a folder of its own, with the settings that it writes for itself at its first start. */
export async function startNodeRed(dir: string): Promise<Started> {
  const installed = spawnSync(
    'npm',
    ['install', '--prefix', dir, `node-red@${NODE_RED_VERSION}`, '--no-audit', '--no-fund', '--no-progress'],
    { cwd: dir, encoding: 'utf8', stdio: ['ignore', 'ignore', 'pipe'], timeout: INSTALL_MS },
  );
  if (installed.status !== 0) {
    const [said = 'it gave no reason'] = installed.stderr.split('\n').filter((line) => /^npm err/i.test(line));
    return { ok: false, because: `npm could not install it: ${said}` };
  }
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  // Nothing is hardened and nothing softened; the address alone is narrowed, since a test opens no port to others.
  const child = spawnLogged(
    process.execPath,
    [
      join(dir, 'node_modules', 'node-red', 'red.js'),
      '--userDir',
      join(dir, 'user'),
      '--port',
      String(port),
      '-D',
      'uiHost=127.0.0.1',
    ],
    dir,
  );
  await answering(child, () => read(url, '/flows'), dir);
  const flows = async () => (await read(url, '/flows')) as readonly Flow[];
  const had = new Set((await flows()).map((flow) => flow.id));
  const state = async () => JSON.stringify(await Promise.all(STATE.map((path) => read(url, path))));
  const tidy = async () => {
    const added = (await flows()).filter((flow) => flow.type === 'tab' && !had.has(flow.id));
    for (const { id } of added)
      await fetch(`${url}/flow/${id}`, { method: 'DELETE', headers: { connection: 'close' } });
    return added.map((flow) => `the flow “${flow.label ?? flow.id}”`);
  };
  return { ok: true, running: { process: child, port, url, state, tidy } };
}

interface Flow {
  readonly id: string;
  readonly type: string;
  readonly label?: string;
}
const STATE = ['/flows', '/settings/user', '/context/global', '/nodes'];

/** A connection for each question: the test waits in between for longer than the server keeps one open. */
async function read(url: string, path: string): Promise<unknown> {
  const answer = await fetch(url + path, { headers: { accept: 'application/json', connection: 'close' } });
  return answer.json();
}
