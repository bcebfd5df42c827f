import type { Declaration } from '@hearthward/product';
import type { Case, Judgement, Seen } from '../../model.ts';
import { weigh } from '../access/evidence.ts';
import { observePage, pageReady, publicPage, type Page, type PageName } from './reading.ts';
import { judgeDuties, namesProduct, plainly, type Duty } from './wording.ts';

/**
 * Pages that guide people: setting up, checking the set-up, deleting data. What is shown is that public guidance with
 * steps exists for this product and speaks of the matter; how well people understand it, the clauses do not ask here.
 */
interface Guidance {
  readonly topic: 'setup-guidance' | 'setup-check' | 'deletion-instructions';
  readonly page: PageName;
  readonly title: string;
  readonly good: string;
  /** words of the matter, of which the page must have one of each row */
  readonly matter: (declaration: Declaration) => readonly (readonly [what: string, words: RegExp])[];
}

const PASSWORD = ['the password', /password|passcode|kata laluan|\bpin\b/] as const;
const uses = (declaration: Declaration, factor: 'password' | 'pin'): boolean =>
  declaration.authenticationMechanisms.some((each) => each.factor === factor);
const passwordMatter = (declaration: Declaration) =>
  uses(declaration, 'password') || uses(declaration, 'pin') ? [PASSWORD] : [];

// EN 303 645 5.12-2, TS 103 645 4.12-1, G044 6.12.2: guidance for a secure set-up.
const SETUP: Guidance = {
  topic: 'setup-guidance',
  page: 'setup',
  title: 'Reads the public guide to setting the product up and looks for steps and for what makes the set-up secure.',
  good: 'anyone can read, step by step, how this product is set up securely',
  matter: (declaration) => [
    ['setting up', /set up|setup|setting up|sediakan|persediaan|pasang/],
    ['security', /secur|safe|protect|selamat|lindung/],
    ...passwordMatter(declaration),
  ],
};

// EN 303 645 5.12-3, G044 6.12.3: guidance for checking the set-up.
const CHECK: Guidance = {
  topic: 'setup-check',
  page: 'setupCheck',
  title: 'Reads the public guide to checking the set-up and looks for steps and for what is to be checked.',
  good: 'anyone can read, step by step, how to check that this product is set up securely',
  matter: (declaration) => [
    ['checking', /check|verify|make sure|whether|semak|pastikan|sahkan/],
    ['security', /secur|safe|protect|selamat|lindung/],
    ...passwordMatter(declaration),
  ],
};

// EN 303 645 5.11-3, TS 103 645 4.11-2, G044 6.11.3: instructions for deleting personal data.
const DELETION: Guidance = {
  topic: 'deletion-instructions',
  page: 'deletion',
  title: 'Reads the public instructions for deleting data and looks for steps and for each place where data lies.',
  good: 'anyone can read, step by step, how to delete their data wherever it lies',
  matter: (declaration) => [
    ['deleting', /delet|eras|remov|wipe|padam|hapus/],
    ['data', /\bdata\b|information|maklumat/],
    ...[...new Set(declaration.personalData.flatMap((each) => each.storedAt))].map((place) => PLACES[place]),
  ],
};
const PLACES = {
  device: ['data on the device', /device|product|hub|reset|peranti|produk|hab\b/],
  services: [
    'data at the services',
    /service|cloud|server|account|manufacturer|perkhidmatan|pelayan|akaun|awan|pengeluar/,
  ],
  app: ['data in the app', /\bapp\b|application|aplikasi/],
  'third-party': ['data at third parties', /third part|partner|pihak ketiga|rakan/],
} as const;

export const [setupGuidance, setupCheck, deletionInstructions] = [
  caseOf(SETUP),
  caseOf(CHECK),
  caseOf(DELETION),
] as const;

function caseOf(guidance: Guidance): Case {
  return {
    id: guidance.topic,
    topic: guidance.topic,
    title: guidance.title,
    ready: pageReady(guidance.page),
    effect: 'reading',
    observe: (probe) => observePage(probe, guidance.page),
    judge: (seen) => judge(seen, guidance),
  };
}

/** Fewer words than this hold no guidance. */
const LEAST_WORDS = 40;
const LEAST_STEPS = 2;

function judge(seen: Seen, guidance: Guidance): Judgement {
  const nothing = 'the page was not read';
  const read = publicPage(seen, guidance.page);
  if (!('page' in read)) return weigh(read.parts, nothing);
  const { page, control } = read;
  const duties = dutiesOf(seen.declaration, guidance, page.data);
  const part = judgeDuties(page, control, duties, dutiesOf(seen.declaration, guidance, control.data), guidance.good);
  return weigh([...read.parts, part], nothing);
}

function dutiesOf(declaration: Declaration, guidance: Guidance, { text, items }: Page): readonly Duty[] {
  const plain = plainly(text);
  const duty = (what: string, found: boolean): Duty => ({ what, found: found ? 'there' : 'missing' });
  return [
    duty(
      'which product it is for',
      namesProduct(text, declaration.product.name, declaration.product.model.designation),
    ),
    duty(`enough to follow (fewer than ${LEAST_WORDS} words)`, plain.split(' ').length >= LEAST_WORDS),
    duty(
      'steps, one by one',
      items >= LEAST_STEPS || (plain.match(/\b(?:step|langkah) \d/g) ?? []).length >= LEAST_STEPS,
    ),
    ...guidance.matter(declaration).map(([what, words]) => duty(what, words.test(plain))),
  ];
}
