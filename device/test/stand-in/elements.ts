import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { GuardSettings } from '../../src/secrets/guards/guard.ts';

/** Hardware elements of tests: the TPM is swtpm, the token SoftHSM. Each keeps its state in a folder of the test. */
const installed = (...programs: readonly string[]): boolean =>
  programs.every((program) => spawnSync('which', [program]).status === 0);

export const NO_TPM = installed('swtpm', 'tpm2_createprimary') ? false : 'needs swtpm and tpm2-tools';

export interface Tpm {
  readonly guard: GuardSettings & { readonly kind: 'tpm2' };
  /** what a start of other software does to a register */
  readonly extend: (pcr: number, digest: string) => void;
  readonly read: (pcr: number) => string;
  /** what the owner's reset in the firmware's menu does */
  readonly clear: () => void;
  /** objects and sessions that are loaded now */
  readonly loaded: () => string;
  readonly tool: (name: string, ...args: readonly string[]) => { readonly status: number | null; readonly out: string };
  /** power off */
  readonly stop: () => Promise<void>;
}

/** Powers the TPM in `folder` on; its registers begin anew, its keys stay. */
export const startTpm = async (folder: string): Promise<Tpm> => {
  mkdirSync(folder, { recursive: true });
  const socket = join(folder, 'socket');
  const swtpm = spawn(
    'swtpm',
    [
      'socket',
      '--tpm2',
      '--tpmstate',
      `dir=${folder}`,
      '--flags',
      'not-need-init,startup-clear',
      '--server',
      `type=unixio,path=${socket}`,
      '--ctrl',
      `type=unixio,path=${socket}.ctrl`,
    ],
    { stdio: 'ignore' },
  );
  while (!existsSync(socket)) await new Promise((resolve) => setTimeout(resolve, 10));
  const tcti = `swtpm:path=${socket}`;
  const tool = (name: string, ...args: readonly string[]) => {
    const { status, stdout } = spawnSync(name, args, {
      env: { ...process.env, TPM2TOOLS_TCTI: tcti, TSS2_LOG: 'all+NONE' },
    });
    return { status, out: stdout.toString('latin1') };
  };
  return {
    guard: { kind: 'tpm2', tcti, pcrs: [0, 7] },
    extend: (pcr, digest) => void tool('tpm2_pcrextend', `${pcr}:sha256=${digest}`),
    read: (pcr) => /0x([0-9A-F]{64})/.exec(tool('tpm2_pcrread', `sha256:${pcr}`).out)?.[1] ?? '',
    clear: () => void tool('tpm2_clear', '-c', 'p'),
    loaded: () => tool('tpm2_getcap', 'handles-transient').out + tool('tpm2_getcap', 'handles-loaded-session').out,
    tool,
    stop: async () => {
      if (swtpm.exitCode !== null || swtpm.signalCode !== null) return;
      swtpm.kill('SIGTERM');
      await once(swtpm, 'exit');
    },
  };
};

const SOFTHSM = ['/usr/lib/softhsm/libsofthsm2.so', '/usr/lib64/pkcs11/libsofthsm2.so'].find((path) =>
  existsSync(path),
);
export const NO_TOKEN =
  SOFTHSM !== undefined && installed('softhsm2-util', 'pkcs11-tool') ? false : 'needs softhsm2 and opensc';

export interface Token {
  readonly guard: GuardSettings & { readonly kind: 'pkcs11' };
  readonly tool: (...args: readonly string[]) => { readonly status: number | null; readonly out: string };
  readonly writePin: (pin: string) => void;
}

const PIN = '4711-quiet-harbour';
const OFFICER_PIN = '0815-quiet-harbour';

export const makeToken = (folder: string): Token => {
  mkdirSync(join(folder, 'tokens'), { recursive: true });
  const configuration = join(folder, 'softhsm2.conf');
  writeFileSync(configuration, `directories.tokendir = ${join(folder, 'tokens')}\nlog.level = ERROR\n`);
  const environment = { SOFTHSM2_CONF: configuration };
  const env = { ...process.env, ...environment, PIN };
  const pins = ['--so-pin', OFFICER_PIN, '--pin', PIN];
  execFileSync('softhsm2-util', ['--init-token', '--free', '--label', 'device', ...pins], { env, stdio: 'ignore' });
  const pinFile = join(folder, 'pin');
  const writePin = (pin: string) => writeFileSync(pinFile, `${pin}\n`, { mode: 0o600 });
  writePin(PIN);
  const module = SOFTHSM ?? '';
  return {
    guard: { kind: 'pkcs11', module, token: 'device', pinFile, environment },
    tool: (...args) => {
      const login = ['--module', module, '--token-label', 'device', '--login', '--pin', 'env:PIN'];
      const { status, stdout } = spawnSync('pkcs11-tool', [...login, ...args], { env });
      return { status, out: stdout.toString('latin1') };
    },
    writePin,
  };
};
