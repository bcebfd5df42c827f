/** A lane that judges nothing: it says what a case would, late at first, or it dies at a twin, or cannot tell it at first. */
import type { Run } from '../src/lanes/plan.ts';

let first = true;
const unclear = (process.env['UNCLEAR_AT'] ?? '').split(' ');
process.on('message', (message) => {
  const run = message as Run;
  if (run.of === 'twin' && run.twin === process.env['DIES_AT']) process.exit(3);
  const name = run.of === 'twin' ? run.twin : run.case;
  const at = unclear.findIndex((each) => each.split('=')[0] === name);
  const [, verdict = run.of === 'good' ? 'PASS' : 'FAIL'] = unclear.splice(at, at < 0 ? 0 : 1)[0]?.split('=') ?? [];
  const said = { verdict, because: `said by ${process.pid}` };
  setTimeout(() => process.send?.({ type: 'said', said }), first ? 200 : 0);
  first = false;
});
process.once('disconnect', () => process.exit());
process.send?.({ type: 'ready' });
