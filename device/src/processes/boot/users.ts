import type { ProcessName } from './supervise.ts';

/**
 * Which account of the operating system each process runs under. Numbers, so that an image needs no account made
 * beforehand, and so that files mean the same on every device of a model; names for them come with the units.
 */
export interface Account {
  readonly uid: number;
  readonly gid: number;
  /** groups that open a device file which its duty needs, such as that of `/dev/tpmrm0`; none where absent */
  readonly devices?: readonly number[];
}
export type Users = Readonly<Record<ProcessName, Account>> & {
  /** the group that may read what the factory left (`bundle.json`): everyone but the control loop */
  readonly group: number;
};

/** Between what systemd gives to home areas and to containers nothing hands out numbers (systemd, UIDS-GIDS.md). */
const FIRST = 60_720;

/** Accounts that follow each other from `first` on: the group of the device, then signer, core, updater, control. */
export const ownUsers = (first = FIRST): Users => {
  const account = (offset: number): Account => ({ uid: first + offset, gid: first + offset });
  return { group: first, signer: account(1), core: account(2), updater: account(3), control: account(4) };
};

/** Names of the accounts, for `/etc/passwd`. */
export const ACCOUNT_NAMES = {
  signer: 'hearthward-signer',
  core: 'hearthward-core',
  updater: 'hearthward-updater',
  control: 'hearthward-control',
} as const satisfies Record<ProcessName, string>;

/** Of who may read what the factory left, for `/etc/group`. */
export const GROUP_NAME = 'hearthward';

export const groupsOf = (users: Users, name: ProcessName): readonly number[] => [
  ...(name === 'control' ? [] : [users.group]),
  ...(users[name].devices ?? []),
];

/** Why all processes run as whoever started them. */
export const NOT_APART = [
  /** the product names no accounts */
  'not-declared',
  /** only root may change to other accounts */
  'not-root',
  /** `setpriv` of util-linux is not installed */
  'no-tool',
  /** a folder on the way to the software or the data is closed to other accounts */
  'closed',
  /** an account of the system has one of the numbers under another name */
  'taken',
] as const;
export type NotApart = (typeof NOT_APART)[number];
export type Separation =
  | { readonly apart: true; readonly users: Users; readonly tool: string }
  | { readonly apart: false; readonly because: NotApart; readonly what?: string };

/** What there is to see of the system before anything is started. */
export interface Surroundings {
  /** of this process; undefined where the system has none */
  readonly uid: number | undefined;
  /** where `setpriv` is */
  readonly tool: string | undefined;
  /** first path that other accounts cannot pass or read */
  readonly closed: string | undefined;
  /** lines of `/etc/passwd` */
  readonly accounts: readonly string[];
}

// EN 303 645 5.6-7, TS 103 645 4.6-5, G044 6.6.7: every process under an account of its own, or it is told why not
export const decideSeparation = (users: Users | undefined, around: Surroundings): Separation => {
  if (!users) return { apart: false, because: 'not-declared' };
  if (around.uid !== 0) return { apart: false, because: 'not-root' };
  if (around.tool === undefined) return { apart: false, because: 'no-tool' };
  const taken = takenBy(users, around.accounts);
  if (taken !== undefined) return { apart: false, because: 'taken', what: taken };
  if (around.closed !== undefined) return { apart: false, because: 'closed', what: around.closed };
  return { apart: true, users, tool: around.tool };
};

const PROCESSES = Object.keys(ACCOUNT_NAMES) as ProcessName[];

const takenBy = (users: Users, accounts: readonly string[]): string | undefined => {
  const ours = new Map(PROCESSES.map((name) => [users[name].uid, ACCOUNT_NAMES[name] as string]));
  return accounts
    .map((line) => line.split(':'))
    .filter(([name, , uid]) => ours.has(Number(uid)) && ours.get(Number(uid)) !== name)
    .map(([name]) => name)
    .at(0);
};

/** What a person reads of it. */
export const describeNotApart = ({ because, what = '' }: Extract<Separation, { apart: false }>): string => {
  switch (because) {
    case 'not-declared':
      return 'its product names no accounts for them';
    case 'not-root':
      return 'only root may start processes under other accounts';
    case 'no-tool':
      return 'setpriv (util-linux) is not installed';
    case 'closed':
      return `other accounts cannot get to ${what}`;
    case 'taken':
      return `the account ${what} has a number that the product has chosen`;
  }
};

/**
 * The command that runs as this process’s own account: no group of whoever starts it, no capability, and none ever again.
 * `lowPort`: its listener is below the ports that everybody may open, which takes the one capability for that.
 */
export const underOwnUser = (
  separation: Separation,
  name: ProcessName,
  command: readonly string[],
  lowPort = false,
): readonly string[] => {
  if (!separation.apart) return command;
  const { uid, gid } = separation.users[name];
  const groups = groupsOf(separation.users, name);
  const kept = lowPort ? '-all,+net_bind_service' : '-all';
  return [
    separation.tool,
    `--reuid=${uid}`,
    `--regid=${gid}`,
    groups.length === 0 ? '--clear-groups' : `--groups=${groups.join(',')}`,
    ...['inh-caps', 'ambient-caps', 'bounding-set'].map((set) => `--${set}=${kept}`),
    '--no-new-privs',
    '--',
    ...command,
  ];
};
