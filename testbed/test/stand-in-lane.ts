/** A lane that judges nothing: it says what a case would, late at first, or it dies at a twin. */
import type { Run } from '../src/lanes/plan.ts';

let first = true;
process.on('message', (message) => {
  const run = message as Run;
  if (run.of === 'twin' && run.twin === process.env['DIES_AT']) process.exit(3);
  const said = { verdict: run.of === 'good' ? 'PASS' : 'FAIL', because: `said by ${process.pid}` };
  setTimeout(() => process.send?.({ type: 'said', said }), first ? 200 : 0);
  first = false;
});
process.once('disconnect', () => process.exit());
process.send?.({ type: 'ready' });
