import type { Case, Judgement, Seen } from '../../model.ts';
import { fail, open, pass, weigh, type Part } from '../access/evidence.ts';
import { observePage, pageReady, publicPage } from '../pages/reading.ts';
import { judgeDuties } from '../pages/wording.ts';

/**
 * How fast repairs come is for a manufacturer’s own records to show. What stands in the way of it can be seen: no
 * procedure, or times that users are not told.
 */
export const updateTimely: Case = {
  id: 'update-timely',
  topic: 'update-timely',
  title: 'Reads in how many days the manufacturer mends what is serious, and looks for them on the support page.',
  ready: pageReady('support'),
  effect: 'reading',
  observe: (probe) => observePage(probe, 'support'),
  judge,
};

// EN 303 645 5.3-8, G044 6.3.8, TS 103 645 4.3-3: a procedure with times, which the users can hold the maker to
function judge(seen: Seen): Judgement {
  const read = publicPage(seen, 'support');
  const nothing = 'the support page was not read';
  if (!('page' in read)) return weigh(read.parts, nothing, 'assisted');
  const { updateProcedures, confirmations } = seen.declaration;
  const { page, control } = read;
  const duties = (text: string) =>
    updateProcedures.flatMap(({ id, targetDays }) =>
      (['critical', 'other'] as const).map((which) => ({
        what: `within how many days "${id}" mends ${which === 'critical' ? 'what is serious' : 'the rest'} (${targetDays[which]})`,
        found: new RegExp(`(?<![\\d.])${targetDays[which]}(?!\\d|\\.\\d)`).test(text)
          ? ('there' as const)
          : ('missing' as const),
      })),
    );
  const confirmed = confirmations.some((each) => each.id === 'update-procedures' && each.confirmed);
  const parts: readonly Part[] =
    updateProcedures.length === 0
      ? [fail('no procedure is declared by which repairs come in time', [page.id])]
      : [
          judgeDuties(
            page,
            control,
            duties(page.data.text),
            duties(control.data.text),
            'users read how fast repairs come',
          ),
          confirmed
            ? pass('the manufacturer confirms that repairs come by the procedure', [page.id])
            : open('that repairs came within these times, which the manufacturer does not confirm'),
        ];
  return weigh([...read.parts, ...parts], nothing, 'assisted');
}
