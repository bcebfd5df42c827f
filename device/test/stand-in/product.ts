import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Declaration } from '@hearthward/product';
import declaration from '@hearthward/example-hub';
import type { Listen } from '../../src/index.ts';
import type { GuardSettings } from '../../src/secrets/guards/guard.ts';

/** The hub built on another guard: a product of its own, whose software names how its keys are kept. */
export const declaredWith = (kind: GuardSettings['kind']): Declaration => ({
  ...declaration,
  securityParameters: declaration.securityParameters.map((one) => (one.identity ? { ...one, keptBy: kind } : one)),
});

/** Writes the product's module into `folder`; gives back its path. */
export const productWith = (folder: string, guard: GuardSettings, declared = guard.kind): string => {
  const path = join(folder, 'product.ts');
  const from = (specifier: string): string => JSON.stringify(import.meta.resolve(specifier));
  writeFileSync(
    path,
    `import declaration from ${from('@hearthward/example-hub')};
import { hub } from ${from('@hearthward/example-hub/hub')};
import { runDevice } from ${from('@hearthward/device')};
const securityParameters = declaration.securityParameters.map((one) =>
  one.identity ? { ...one, keptBy: ${JSON.stringify(declared)} } : one,
);
if (import.meta.main) {
  const guard = ${JSON.stringify(guard)};
  await runDevice({ declaration: { ...declaration, securityParameters }, product: hub, moduleUrl: import.meta.url, guard });
}
`,
  );
  return path;
};

export const HUB = fileURLToPath(import.meta.resolve('@hearthward/example-hub/hub'));

export interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly error: string;
}

/** A run that ends by itself. */
export const ran = async (module: string, ...args: readonly string[]): Promise<Ran> => {
  const child = spawn(process.execPath, [module, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const said = { out: '', error: '' };
  child.stdout.on('data', (chunk) => (said.out += String(chunk)));
  child.stderr.on('data', (chunk) => (said.error += String(chunk)));
  await once(child, 'close');
  return { code: child.exitCode, ...said };
};

export interface Started {
  readonly boot: ChildProcess;
  readonly listen: Listen;
  /** pid of each child, by what its command line says that it is */
  readonly children: () => Readonly<Record<'core' | 'signer', number>>;
  /** what all of its processes wrote so far */
  readonly output: () => string;
  readonly stop: () => Promise<void>;
}

/** A device as it runs in a home: boot, signer and core. `shell` runs before it in the same process. */
export const started = async (
  module: string,
  dataDir: string,
  given: { readonly cwd?: string; readonly shell?: string; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<Started> => {
  const boot = spawn(
    '/bin/sh',
    ['-c', `${given.shell ?? ':'}; exec "$0" "$@"`, process.execPath, module, '--data', dataDir],
    {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      ...(given.cwd === undefined ? {} : { cwd: given.cwd }),
      env: { ...process.env, ...given.env },
    },
  );
  let output = '';
  boot.stdout?.on('data', (chunk) => (output += String(chunk)));
  boot.stderr?.on('data', (chunk) => (output += String(chunk)));
  const stop = async (): Promise<void> => {
    if (boot.exitCode !== null || boot.signalCode !== null) return;
    boot.kill('SIGTERM');
    await once(boot, 'exit');
  };
  const [message] = (await Promise.race([
    once(boot, 'message'),
    once(boot, 'exit').then(() => {
      throw new Error(`the device ended before it was ready: ${output}`);
    }),
  ])) as [{ type: string; listen: Listen; fault?: unknown }];
  if (message.type !== 'ready') throw new Error(`the device gave up: ${JSON.stringify(message.fault)}`);
  return { boot, listen: message.listen, children: () => childrenOf(boot.pid ?? 0), output: () => output, stop };
};

export const commandOf = (pid: number): readonly string[] => readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');

const childrenOf = (pid: number): Record<'core' | 'signer', number> => {
  const pids = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number);
  const found = { core: 0, signer: 0 };
  for (const child of pids) {
    const command = commandOf(child);
    if (!command.includes('control')) found[command.includes('core') ? 'core' : 'signer'] = child;
  }
  return found;
};
