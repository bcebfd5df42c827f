import { Type } from 'typebox';
import type { Declaration } from '@hearthward/product';
import type { Case, Judgement, Probe, Seen } from '../../model.ts';
import { of, open, readEvidence, weigh, type Part } from '../access/evidence.ts';
import { observePage, Page, pageReady, PAGE_KINDS, publicPage } from './reading.ts';
import { judgeSecurityTxt } from './security-txt.ts';
import { judgeDuties, plainly, showsSpan, type Duty } from './wording.ts';

/** The policy for reports of weaknesses is public: whom to tell, and when an answer comes. */
const Scheme = Type.Object({ secure: Type.Boolean() }, { additionalProperties: false });
const KINDS = { ...PAGE_KINDS, scheme: Scheme };

export const disclosurePolicy: Case = {
  id: 'disclosure-policy',
  topic: 'disclosure-policy',
  title: 'Reads the public policy and security.txt, and looks for the contacts and the times that are declared.',
  ready: pageReady('disclosurePolicy'),
  effect: 'reading',
  observe,
  judge,
};

async function observe(probe: Probe): Promise<void> {
  await observePage(probe, 'disclosurePolicy');
  if (probe.declaration.userInformation.securityTxt === undefined) return;
  await observePage(probe, 'securityTxt');
  probe.record('scheme', 'securityTxt', { secure: probe.target.site?.url.startsWith('https:') ?? false });
}

// EN 303 645 5.2-1, TS 103 645 4.2-1, G044 6.2.1: contact, time of the first answer, time of each status.
function judge(seen: Seen): Judgement {
  const { rows, parts } = readEvidence(seen, KINDS);
  const pages = {
    ...seen,
    observations: (Array.isArray(seen.observations) ? seen.observations : []).filter((each) => each?.kind !== 'scheme'),
  };
  const read = publicPage(pages, 'disclosurePolicy');
  const text = seen.declaration.userInformation.securityTxt === undefined ? [] : [judgeTxt(seen, rows)];
  if (!('page' in read)) return weigh([...parts, ...read.parts, ...text], 'the policy was not read');
  const { page, control } = read;
  const part = judgeDuties(
    page,
    control,
    dutiesOf(seen.declaration, page.data),
    dutiesOf(seen.declaration, control.data),
    'anyone can read where to report a weakness and when an answer comes',
  );
  return weigh([...parts, ...read.parts, part, ...text], 'the policy was not read');
}

function judgeTxt(seen: Seen, rows: ReturnType<typeof readEvidence<typeof KINDS>>['rows']): Part {
  const row = of(rows.page, 'securityTxt')[0];
  const scheme = of(rows.scheme, 'securityTxt')[0];
  if (row === undefined || scheme === undefined || !row.data.reached)
    return open('security.txt was not read', row === undefined ? [] : [row.id]);
  return judgeSecurityTxt(seen.declaration, row, scheme.data.secure, seen.assessedAt);
}

function dutiesOf(declaration: Declaration, page: Page): readonly Duty[] {
  const { contact, acknowledgeWithinDays, statusEveryDays } = declaration.disclosure;
  const duty = (what: string, found: boolean): Duty => ({ what, found: found ? 'there' : 'missing' });
  return [
    ...contact.map((each) =>
      duty(
        `the contact ${each.replace(/^(?:mailto|tel):/, '')}`,
        showsContact(page, each, declaration.manufacturer.site),
      ),
    ),
    duty(
      `that a report is acknowledged within ${acknowledgeWithinDays} days`,
      showsSpan(page.text, acknowledgeWithinDays, ACKNOWLEDGE),
    ),
    duty(`that its status is told every ${statusEveryDays} days`, showsSpan(page.text, statusEveryDays, STATUS)),
  ];
}
const ACKNOWLEDGE =
  /acknowledg|confirm|receipt|received|reply|repl(?:y|ies)|respon[ds]|answer|terima|mengesahkan|maklum|balas|jawab/;
const STATUS = /status|update|progress|inform|kemas kini|perkembangan|kemajuan/;

/** In the text, or as a link; a link below the site of the maker may be written without its host. */
function showsContact(page: Page, contact: string, site: string): boolean {
  const bare = contact.replace(/^(?:mailto|tel):/, '');
  if (
    page.text.toLowerCase().includes(bare.toLowerCase()) ||
    page.links.some((link) => link.toLowerCase().split('?')[0] === contact.toLowerCase())
  )
    return true;
  if (contact.startsWith('tel:'))
    return plainly(page.text).replaceAll(' ', '').includes(plainly(bare).replaceAll(' ', ''));
  if (!contact.startsWith('https:') || !URL.canParse(contact) || !URL.canParse(site)) return false;
  const url = new URL(contact);
  return (
    url.host === new URL(site).host &&
    page.links.some((link) => link.startsWith('/') && link.split(/[?#]/)[0] === url.pathname)
  );
}
