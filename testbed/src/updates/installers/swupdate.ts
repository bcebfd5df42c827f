import { createServer, type Server, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

/**
 * What answers on SWUpdate's control socket, read after its own source (include/network_ipc.h, core/network_thread.c):
 * one structure each way, the bundle behind an accepted request, and a queue of messages that empties as it is asked.
 */
export interface SwupdatePeer {
  behave: 'well' | 'fails' | 'ends' | 'hangs' | 'busy' | 'stranger' | 'closes-early';
  /** what was written, by the mode that chose the place */
  readonly written: ReadonlyMap<string, Buffer>;
  readonly start: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

const MESSAGE_BYTES = 3120;
const IDLE = 0;
const START = 1;
const RUN = 2;
const SUCCESS = 3;
const FAILURE = 4;

export const startSwupdatePeer = async (path: string): Promise<SwupdatePeer> => {
  const written = new Map<string, Buffer>();
  const lines = new Set<Socket>();
  let queue: (readonly [status: number, said: string])[] = [];
  let status = IDLE;
  let lastResult = 0;
  let server: Server | undefined;

  const reply = (type: number, fill: (data: Buffer) => void): Buffer => {
    const bytes = Buffer.alloc(MESSAGE_BYTES);
    bytes.writeUInt32LE(peer.behave === 'stranger' ? 0xdeadbeef : 0x14052001);
    bytes.writeUInt32LE(type, 4);
    fill(bytes.subarray(8));
    return bytes;
  };

  const installed = async (mode: string, line: Socket, bundle: Promise<Buffer>): Promise<void> => {
    queue = [[START, 'Software Update started !']];
    status = RUN;
    if (peer.behave === 'closes-early') line.destroy();
    const bytes = await bundle;
    line.destroy();
    if (peer.behave === 'hangs') return;
    if (peer.behave === 'ends') return peer.stop();
    await wait(20);
    const good = peer.behave === 'well' && bytes.toString('latin1').startsWith('SWU ');
    if (good) {
      written.set(mode, bytes);
      queue.push([SUCCESS, 'SWUPDATE successful !']);
    } else {
      queue.push([FAILURE, 'Image invalid or corrupted. Not installing ...']);
    }
    lastResult = good ? SUCCESS : FAILURE;
    status = IDLE;
    queue.push([IDLE, 'Waiting for requests...']);
  };

  const serve = (line: Socket): void => {
    lines.add(line);
    line.on('close', () => lines.delete(line));
    line.on('error', () => undefined);
    let request = Buffer.alloc(0);
    const pieces: Buffer[] = [];
    let ended = (): void => undefined;
    line.on('end', () => ended());
    line.on('close', () => ended());
    line.on('data', (piece: Buffer) => {
      if (request.length === MESSAGE_BYTES) return void pieces.push(piece);
      request = Buffer.concat([request, piece]);
      if (request.length < MESSAGE_BYTES) return;
      pieces.push(request.subarray(MESSAGE_BYTES));
      request = request.subarray(0, MESSAGE_BYTES);
      const data = request.subarray(8);
      if (request.readUInt32LE() !== 0x14052001) return void line.destroy();
      if (request.readUInt32LE(4) === 3) {
        const [current, said] = queue.shift() ?? [status, ''];
        line.end(
          reply(1, (answer) => {
            answer.writeUInt32LE(current, 0);
            answer.writeUInt32LE(lastResult, 4);
            answer.write(said, 12, 'latin1');
          }),
        );
        return;
      }
      const busy = status !== IDLE || peer.behave === 'busy';
      if (busy || data.readUInt32LE() !== 1) {
        line.end(reply(2, (answer) => void answer.write('Installation in progress')));
        return;
      }
      const mode = data.toString('latin1', 24 + 512 + 256, 24 + 512 + 512).replaceAll('\0', '');
      line.write(reply(1, () => undefined));
      const whole = new Promise<Buffer>((resolve) => {
        ended = () => resolve(Buffer.concat(pieces));
      });
      void installed(mode, line, whole);
    });
  };

  const peer: SwupdatePeer = {
    behave: 'well',
    written,
    start: async () => {
      status = IDLE;
      server = createServer({ allowHalfOpen: true }, serve);
      await new Promise<void>((resolve) => server?.listen(path, resolve));
    },
    stop: async () => {
      const was = server;
      server = undefined;
      for (const line of lines) line.destroy();
      await new Promise<void>((resolve) => (was ? was.close(() => resolve()) : resolve()));
    },
  };
  await peer.start();
  return peer;
};

/**
 * What U-Boot does with these variables at a start (`bootlimit` 3): it counts while an upgrade is on trial, and takes
 * the other place when the count is past the limit. `comesUp` says whether a place does.
 */
export const ubootStarts = (
  environment: {
    readonly read: (name: string) => string | undefined;
    readonly write: (variables: Readonly<Record<string, string>>) => void;
  },
  comesUp: (slot: 'a' | 'b') => boolean,
): 'a' | 'b' => {
  for (let starts = 0; starts < 10; starts += 1) {
    const slot = environment.read('boot_slot') === 'b' ? 'b' : 'a';
    if (environment.read('upgrade_available') !== '1') return slot;
    const count = Number(environment.read('bootcount') ?? 0) + 1;
    environment.write({ bootcount: String(count) });
    if (count > 3) {
      environment.write({ boot_slot: slot === 'a' ? 'b' : 'a', upgrade_available: '0', bootcount: '0', ustate: '3' });
      continue;
    }
    if (comesUp(slot)) return slot;
  }
  throw new Error('nothing can be started');
};
