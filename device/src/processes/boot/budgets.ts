import type { ProcessName } from './supervise.ts';

/**
 * What each process of a device may take at most, whatever is sent to it: one table, from which the flags of the engine,
 * the limits of the kernel (setrlimit(2)), the unit of systemd and `docs/budgets.md` are made. What the panel takes of
 * connections, requests and bodies stands beside it (`panel/http/limits.ts`).
 */
export interface Budget {
  /** MiB of memory that can be written (RLIMIT_DATA): heap, buffers, stacks, and some 550 that the engine sets aside and does not touch */
  readonly data: number;
  /** open files and connections (RLIMIT_NOFILE) */
  readonly descriptors: number;
}
export interface ChildBudget extends Budget {
  /** MiB of the engine's heap: past it the process ends, and `boot` starts it again */
  readonly heap: number;
}

// EN 303 645 5.9-1, G044 6.9.1: a flood fills a budget, not the device
export const BUDGETS: Readonly<Record<ProcessName, ChildBudget>> & { readonly boot: Budget } = {
  boot: { data: 1_024, descriptors: 256 },
  signer: { heap: 128, data: 896, descriptors: 64 },
  // what it needs at once stays below a third of its heap; the panel's connections, its own, and as many to spare
  core: { heap: 256, data: 1_024, descriptors: 256 },
  // a difference between two images is put together in memory beside the heap
  updater: { heap: 128, data: 1_024, descriptors: 128 },
  control: { heap: 64, data: 768, descriptors: 64 },
};

/** For the whole service: MiB that all of them touch when a flood fills each heap, what they run counted once. */
export const WHOLE_MEMORY = 768;
/** Threads of six Node processes, and the tools of a hardware guard. */
export const WHOLE_TASKS = 192;
