import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { otherSlot, SLOTS, type SlotName } from '../slots/records.ts';
import type { BootEnvironment } from './boot-environment.ts';
import { installerFault, oneLine, type InstallerAnswer, type SystemInstaller } from './installer.ts';
import { installRequest, MESSAGE_BYTES, readReply, STATUS, statusRequest, type Reply } from './swupdate-messages.ts';

/**
 * SWUpdate as the installer, through its control socket; which place starts is a variable of the boot loader. The bundles
 * must not touch that variable themselves: what is installed starts when somebody has agreed to it.
 *
 *   boot_slot               a or b, and the boot loader starts that one
 *   upgrade_available       1 while starts are counted (U-Boot's own name, as is `bootcount`); past its limit the boot
 *                           loader takes the other place, and sets boot_slot and ustate accordingly
 *   ustate                  SWUpdate's own: 0 nothing to say, 1 installed, 3 failed
 */
export interface SwupdateOptions {
  /** path of the control socket, as in `/run/swupdate/sockinstctrl` */
  readonly socket: string;
  readonly environment: BootEnvironment;
  /** what the kernel was started from; the product's software knows it */
  readonly booted: SlotName;
  /** SWUpdate's selection for each place: `set`, and the mode that writes there */
  readonly selection: { readonly set: string } & Readonly<Record<SlotName, string>>;
  /** how long an answer may take, in milliseconds */
  readonly answerMillis?: number;
  /** how long an installation may go on without a sign of life, in milliseconds */
  readonly idleMillis?: number;
}

const ANSWER_MILLIS = 30_000;
const IDLE_MILLIS = 10 * 60_000;
const ASK_AGAIN_MILLIS = 100;

export const swupdateInstaller = (options: SwupdateOptions): SystemInstaller => {
  const { socket, environment, booted, selection, answerMillis = ANSWER_MILLIS, idleMillis = IDLE_MILLIS } = options;

  const ask = async <Answer>(work: (line: Socket) => Promise<Answer>, millis: number): Promise<Answer> => {
    const line = connect(socket);
    // silence for so long ends it, and whatever waits for it
    line.setTimeout(millis, () => line.destroy(gone('SWUpdate does not answer')));
    try {
      await once(line, 'connect');
      return await work(line);
    } catch (thrown) {
      throw (thrown as NodeJS.ErrnoException).code === 'slots-unusable'
        ? thrown
        : gone('SWUpdate is not running', thrown);
    } finally {
      line.destroy();
    }
  };

  /** What SWUpdate has to say once it is idle again; its queue of messages is read to the end. */
  const outcome = async (): Promise<InstallerAnswer> => {
    let first = '';
    for (let quiet = 0; quiet * ASK_AGAIN_MILLIS < idleMillis; quiet += 1) {
      const { current, lastResult, said } = await ask(
        async (line) => acknowledged(await answer(line, statusRequest())),
        answerMillis,
      );
      if (said === '') {
        if (current === STATUS.idle) return lastResult === STATUS.success ? { ok: true } : refused(first);
        await wait(ASK_AGAIN_MILLIS);
        continue;
      }
      quiet = 0;
      // what follows the first failure follows from it
      if (current === STATUS.failure && first === '') first = said;
    }
    throw gone('SWUpdate has been silent for too long');
  };

  return {
    look: async () => {
      const next = SLOTS.find((name) => name === environment.read(SLOT_VARIABLE));
      if (next) return { booted, next, labels: {} };
      throw installerFault(
        `The boot loader’s environment does not say which place starts (${SLOT_VARIABLE})`,
        'Set it up as SWUpdate’s backend needs it.',
      );
    },
    // SWUpdate does not tell a bundle that is wrong from a place that cannot be written: neither is held against it
    install: async (bundle, _label, running) => {
      const request = installRequest(selection.set, selection[otherSlot(running)]);
      const taken = await ask(async (line) => {
        const reply = await answer(line, request);
        if (reply.type === 'nack') return reply;
        await sent(line, bundle);
        return reply;
      }, idleMillis);
      return taken.type === 'nack' ? refused(taken.said) : outcome();
    },
    start: async (slot, counted) =>
      environment.write({
        [SLOT_VARIABLE]: slot,
        upgrade_available: counted ? '1' : '0',
        bootcount: '0',
        ustate: counted ? '1' : '0',
      }),
    keep: async () => environment.write({ upgrade_available: '0', bootcount: '0', ustate: '0' }),
    abandon: async (slot) =>
      environment.write({ [SLOT_VARIABLE]: otherSlot(slot), upgrade_available: '0', bootcount: '0', ustate: '3' }),
  };
};

const SLOT_VARIABLE = 'boot_slot';

const answer = async (line: Socket, request: Buffer): Promise<Reply> => {
  line.write(request);
  let bytes = Buffer.alloc(0);
  for await (const piece of line.iterator({ destroyOnReturn: false })) {
    bytes = Buffer.concat([bytes, piece as Buffer]);
    if (bytes.length >= MESSAGE_BYTES) break;
  }
  const reply = readReply(bytes);
  if (!reply) throw gone('What answers is not SWUpdate, or a version with other messages');
  return reply;
};

const acknowledged = (reply: Reply): Extract<Reply, { type: 'ack' }> => {
  if (reply.type === 'ack') return reply;
  throw gone(`SWUpdate refuses: ${oneLine(reply.said)}`);
};

/** The whole bundle, or as much of it as SWUpdate reads; resolves when it has closed. */
const sent = async (line: Socket, bundle: string): Promise<void> => {
  let silent: Error | undefined;
  const closed = new Promise<void>((resolve) => line.once('close', () => resolve()));
  line.on('error', (thrown) => {
    // a line that is reset is how it says that it has seen enough
    if ((thrown as NodeJS.ErrnoException).code === 'slots-unusable') silent = thrown;
  });
  for await (const piece of createReadStream(bundle)) {
    if (line.destroyed) break;
    if (line.write(piece as Buffer)) continue;
    await Promise.race([new Promise((resolve) => line.once('drain', resolve)), closed]);
  }
  line.end();
  line.resume();
  await closed;
  if (silent) throw silent;
};

const refused = (said: string): InstallerAnswer => ({ ok: false, fault: 'place', because: oneLine(said) });

const gone = (because: string, cause?: unknown) =>
  installerFault(because, 'Start its service again; the update goes on by itself then.', cause);
