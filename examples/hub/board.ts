import type { Board } from '@hearthward/device';

/**
 * A model of the hub's board, which the software asks as it would ask a real one: the pads of the serial line have no
 * console on them, and the fuse of the test access is blown. Whoever builds a hub puts their board's driver here;
 * `linuxPorts` reads what a Linux system shows of its ports.
 */
export const modelBoard: Board = {
  ports: () => ({ on: [], unseen: [] }),
};
