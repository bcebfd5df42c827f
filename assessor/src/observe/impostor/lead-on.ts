import { connect } from 'node:net';
import { recordsOf } from '../wire/wiretap.ts';
import type { Place, Visitor } from './door.ts';
import { choosesTls13, dataRecords, looksOf } from './looks.ts';

/** A handshake and a first exchange are far shorter; what follows is passed on and no longer looked at. */
const MOST_BYTES = 64 * 1024;
/** A first exchange has come to rest after this: a device that is cut off in the midst of it has not been let in. */
const QUIET_MS = 600;

/**
 * Passes one connection to the genuine service and back, unread. It resolves when data of the device was answered, or
 * the connection or the time ended before; the connection goes on until `cut`.
 */
export function leadOn(
  { socket }: Visitor,
  genuine: Place,
  withinMs: number,
): Promise<{ readonly wentOn: boolean; readonly stood: boolean; readonly looks: string; readonly cut: () => void }> {
  return new Promise((resolve) => {
    const onward = connect({ host: genuine.address, port: genuine.port });
    let [said, heard] = [Buffer.alloc(0), Buffer.alloc(0)];
    const cut = (): void => {
      socket.destroy();
      onward.destroy();
    };
    const finish = (wentOn: boolean, stood = false): void => {
      clearTimeout(timer);
      clearTimeout(quiet);
      resolve({ wentOn, stood, looks: looksOf(recordsOf(said)), cut });
    };
    const timer = setTimeout(() => finish(false), withinMs);
    let quiet: NodeJS.Timeout | undefined;
    socket.on('data', (part: Buffer) => {
      if (said.length < MOST_BYTES) said = Buffer.concat([said, part]);
    });
    onward.on('data', (part: Buffer) => {
      if (heard.length < MOST_BYTES) heard = Buffer.concat([heard, part]);
      if (dataRecords(recordsOf(said), choosesTls13(recordsOf(heard))) === 0) return;
      clearTimeout(quiet);
      quiet = setTimeout(() => finish(true, true), QUIET_MS);
    });
    for (const each of [socket, onward]) {
      each.on('error', cut);
      each.once('close', () => {
        cut();
        finish(quiet !== undefined);
      });
    }
    socket.pipe(onward);
    onward.pipe(socket);
  });
}
