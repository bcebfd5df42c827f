import { manifestIn } from './packages.ts';

/** What is of use to those who build, test and look for faults, and to nobody who owns the product. */
export type Leftover =
  | 'debugger'
  | 'compiler'
  | 'package manager'
  | 'debug symbols'
  | 'source map'
  | 'test'
  | 'version control'
  | 'editor’s copy'
  | 'core dump';

/** Programs by their names, in folders of programs or as packages. */
const PROGRAMS: Readonly<Record<string, Leftover>> = {
  ...named('debugger', 'gdb gdbserver lldb lldb-server strace ltrace tcpdump valgrind perf objdump'),
  ...named('compiler', 'gcc g++ cc c++ clang clang++ ld as make cmake ninja rustc cargo go tsc javac'),
  ...named('package manager', 'npm npx yarn pnpm pip pip3 apt apt-get dpkg opkg apk gem composer'),
};
const PACKAGES: Readonly<Record<string, Leftover>> = {
  ...named('compiler', 'typescript esbuild rollup webpack vite @babel/core @swc/core node-gyp'),
  ...named('test', 'mocha jest vitest ava tap chai sinon'),
  ...named('package manager', 'npm yarn pnpm'),
};

const PATHS: readonly (readonly [Leftover, RegExp])[] = [
  ['version control', /(?:^|\/)\.(?:git|svn|hg)\//],
  ['test', /(?:^|\/)__(?:tests|mocks)__\/|\.(?:test|spec)\.[cm]?[jt]sx?$|(?:^|\/)test_[^/]*\.py$/],
  ['editor’s copy', /\.(?:sw[op]|orig|rej|bak)$|~$/],
];

/** Undefined where nothing says that it is left over; `path` within what is shipped, with `/`. */
export function leftoverIn(path: string, bytes: Uint8Array): Leftover | undefined {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const byPath = PATHS.find(([, form]) => form.test(path))?.[0];
  if (byPath) return byPath;
  if (/(?:^|\/)s?bin\/[^/]+$/.test(path) && Object.hasOwn(PROGRAMS, name)) return PROGRAMS[name];
  if (name === 'package.json') {
    const named = manifestIn(bytes)?.name;
    return named !== undefined && Object.hasOwn(PACKAGES, named) ? PACKAGES[named] : undefined;
  }
  if (name.endsWith('.map') && bytesOf(bytes).includes('"mappings"')) return 'source map';
  return executable(bytesOf(bytes));
}

/** ELF (System V ABI): `e_type` of a core is 4; what debuggers read lies in sections that are called `.debug_…`. */
function executable(bytes: Buffer): Leftover | undefined {
  if (bytes.length < 18 || bytes.readUInt32BE(0) !== 0x7f454c46) return undefined;
  const type = bytes[5] === 2 ? bytes.readUInt16BE(16) : bytes.readUInt16LE(16);
  if (type === CORE) return 'core dump';
  return bytes.includes('\0.debug_info\0') ? 'debug symbols' : undefined;
}
const CORE = 4;

const bytesOf = ({ buffer, byteOffset, byteLength }: Uint8Array): Buffer => Buffer.from(buffer, byteOffset, byteLength);

function named(leftover: Leftover, names: string): Readonly<Record<string, Leftover>> {
  return Object.fromEntries(names.split(' ').map((name) => [name, leftover]));
}
