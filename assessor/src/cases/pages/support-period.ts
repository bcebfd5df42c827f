import type { Case, Judgement, Seen } from '../../model.ts';
import { weigh } from '../access/evidence.ts';
import { hasToken } from '../exposure/disclosure-scan.ts';
import { observePage, pageReady, publicPage } from './reading.ts';
import { judgeDuties, says, showsDate } from './wording.ts';

/** The support period stands on a public page, beside the model that it is for. */
export const supportPeriod: Case = {
  id: 'support-period',
  topic: 'support-period',
  title: 'Reads the public support page and looks for the declared end of support and the model.',
  ready: pageReady('support'),
  effect: 'reading',
  observe: (probe) => observePage(probe, 'support'),
  judge,
};

// EN 303 645 5.3-13, G044 6.3.13: the support period is published.
function judge(seen: Seen): Judgement {
  const read = publicPage(seen, 'support');
  if (!('page' in read)) return weigh(read.parts, 'the support page was not read');
  const { until, because } = seen.declaration.support;
  const { designation } = seen.declaration.product.model;
  const duties = (text: string) => [
    {
      what: `the end of support (${until})`,
      found: showsDate(text, until) ? ('there' as const) : ('missing' as const),
    },
    {
      what: `the model ${designation}`,
      found: hasToken(text, designation) ? ('there' as const) : ('missing' as const),
    },
    // TS 103 645 4.3-4: and why that long
    ...(because === undefined ? [] : [{ what: 'why support lasts that long', found: says(text, because) }]),
  ];
  const { page, control } = read;
  const good = `anyone can read that ${designation} is supported until ${until}`;
  return weigh(
    [...read.parts, judgeDuties(page, control, duties(page.data.text), duties(control.data.text), good)],
    'the support page was not read',
  );
}
