import { runTool, type ToolOutcome } from '../../secrets/guards/tool.ts';
import { installerFault } from './installer.ts';

/** Variables that outlive a start, and that the boot loader reads: one write changes any number of them, or none. */
export interface BootEnvironment {
  /** undefined where there is no such variable */
  readonly read: (name: string) => string | undefined;
  readonly write: (variables: Readonly<Record<string, string>>) => void;
}

/**
 * The environment of U-Boot, through fw_printenv and fw_setenv of libubootenv. Its configuration should name two copies:
 * they are written in turns, so that a power cut leaves one of them whole.
 */
export const ubootEnvironment = (config: string): BootEnvironment => {
  const run = (program: string, args: readonly string[], input?: string): ToolOutcome =>
    runTool(program, ['-c', config, ...args], input === undefined ? {} : { input: Buffer.from(input) });
  return {
    read: (name) => {
      const { ok, output } = run('fw_printenv', [name]);
      const text = output.toString('latin1').trim();
      return (ok && text.startsWith(`${name}=`) && text.slice(name.length + 1)) || undefined;
    },
    write: (variables) => {
      const lines = Object.entries(variables).map(([name, value]) => `${name}=${value}\n`);
      const { ok } = run('fw_setenv', ['-s', '-'], lines.join(''));
      if (!ok) {
        throw installerFault(
          'The boot loader’s environment cannot be written',
          'Check its configuration and its rights.',
        );
      }
    },
  };
};
