import { refusalOf, wrongUsage } from '../../exit.ts';
import { keptIn } from '../data-folder.ts';
import { ask, KINDS, takeBack } from './kinds.ts';

/** `node bench.ts DATA KIND ask|take-back`: what the target file of `hearthward start` names for the releases of this machine. */
const [path = '', kind, what] = process.argv.slice(2);
const asked = KINDS.find((each) => each === kind);
try {
  if (what === 'ask' && asked) await ask(keptIn(path), asked);
  else if (what === 'take-back' && asked) await takeBack(keptIn(path));
  else throw wrongUsage(`name a folder, a KIND (${KINDS.join(', ')}), and ask or take-back`);
} catch (error) {
  const { message, exitCode } = refusalOf(error);
  process.stderr.write(`${message}\n`);
  process.exitCode = exitCode;
}
