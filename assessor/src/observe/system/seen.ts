/** What the running system shows of itself, where the target file gives it. */
export interface SystemProbe {
  /** a file of it, such as `proc/cpuinfo`; undefined where there is none, or none for us to see */
  readonly text: (path: string) => Promise<string | undefined>;
  /** the system of the product's own board, where the target file gives it */
  readonly board: BoardProbe;
  /** the processes of the product, parents before their children */
  readonly processes: () => Promise<readonly ProcessSeen[]>;
}
export interface BoardProbe {
  readonly text: SystemProbe['text'];
  /** what lies in a folder of it; nothing where there is none, or none for us to see */
  readonly names: (folder: string) => Promise<readonly string[]>;
}
export interface ProcessSeen {
  readonly pid: number;
  /** its command line */
  readonly words: readonly string[];
  /** real, effective, saved and file system user, each once */
  readonly users: readonly number[];
  readonly groups: readonly number[];
  /** that it may use, as `CAP_NET_ADMIN` */
  readonly capabilities: readonly string[];
  /** it can come to more rights by running a program that has them */
  readonly mayGain: boolean;
  /** places in memory that may be both written and executed */
  readonly writableCode: number;
  /** stacks and heaps that may be executed */
  readonly executableData: number;
  /** the kernel maps its memory through a memory management unit */
  readonly ownPages: boolean;
  /** personality(2) */
  readonly personality: number;
  /** it has a socket of the internet families */
  readonly network: boolean;
  /** files and folders of code that were looked at */
  readonly code: number;
  /** of these, what its user or groups may change */
  readonly writable: readonly string[];
  /** what was not for us to see */
  readonly unread: readonly string[];
}
