/**
 * The data files, typed. They are this package's own, so their shape is proven once, by `test/data.test.ts`,
 * and not at every start.
 */
import etsiEn from '../data/codes/etsi-en-303-645@2.1.1.json' with { type: 'json' };
import etsiTs from '../data/codes/etsi-ts-103-645@1.1.1.json' with { type: 'json' };
import g044 from '../data/codes/mcmc-g044@2023.json' with { type: 'json' };
import g045 from '../data/codes/mcmc-g045@2024.json' with { type: 'json' };
import enTable from '../data/corrections/etsi-en-conformance-table.json' with { type: 'json' };
import tsTable from '../data/corrections/etsi-ts-conformance-table.json' with { type: 'json' };
import tsReading from '../data/corrections/etsi-ts-optical-reading.json' with { type: 'json' };
import flatList from '../data/corrections/flat-provision-list.json' with { type: 'json' };
import g044Wording from '../data/corrections/g044-wording.json' with { type: 'json' };
import g045Modal from '../data/corrections/g045-modal-words.json' with { type: 'json' };
import g045Threats from '../data/corrections/g045-threat-mapping.json' with { type: 'json' };
import g045Wording from '../data/corrections/g045-wording.json' with { type: 'json' };
import crosswalk from '../data/crosswalk.json' with { type: 'json' };
import threatRefs from '../data/threats.json' with { type: 'json' };
import en from '../data/titles/en.json' with { type: 'json' };
import ms from '../data/titles/ms.json' with { type: 'json' };
import type { Code, CodeLabel, Correction, Fact, Language, Row, Tie } from './model.ts';
import type { Topic } from './topics.ts';

/** A row as it is stored: title, topics and corrections are joined to it from their own files. */
export interface StoredRow extends Omit<Row, 'code' | 'title' | 'topics' | 'threats' | 'corrections'> {
  /** G045: numbers of the device threats (ST-D-n) and gateway threats (ST-G-n) that Annex A prints */
  readonly threats?: { readonly device: readonly number[]; readonly gateway: readonly number[] };
}

export interface Titles {
  readonly rows: Readonly<Record<Code, Readonly<Record<string, string>>>>;
  readonly threats: Readonly<Record<string, string>>;
  readonly topics: Readonly<Record<Topic, string>>;
  readonly facts: Readonly<Record<Fact, string>>;
}

export const CODE_ROWS: Readonly<Record<Code, readonly StoredRow[]>> = {
  'etsi-ts-103-645@1.1.1': etsiTs.rows as readonly StoredRow[],
  'etsi-en-303-645@2.1.1': etsiEn.rows as readonly StoredRow[],
  'mcmc-g044@2023': g044.rows as readonly StoredRow[],
  'mcmc-g045@2024': g045.rows as readonly StoredRow[],
};

export const TITLES: Readonly<Record<Language, Titles>> = { en, ms };

export const TIES = crosswalk as readonly Tie[];

export const THREAT_REFS: readonly string[] = threatRefs.map((threat) => threat.ref);

export const CORRECTIONS = [
  ...tsReading,
  ...tsTable,
  ...enTable,
  ...flatList,
  ...g044Wording,
  ...g045Modal,
  ...g045Threats,
  ...g045Wording,
] as readonly Correction[];

export const CODE_LABELS: readonly CodeLabel[] = [
  {
    code: 'etsi-ts-103-645@1.1.1',
    name: 'European specification for the security of consumer IoT, first edition',
    designation: 'ETSI TS 103 645',
    edition: 'V1.1.1 (2019-02)',
    publisher: 'ETSI',
  },
  {
    code: 'etsi-en-303-645@2.1.1',
    name: 'European standard: security baseline for consumer IoT',
    designation: 'ETSI EN 303 645',
    edition: 'V2.1.1 (2020-06)',
    publisher: 'ETSI',
  },
  {
    code: 'mcmc-g044@2023',
    name: 'Malaysian technical code: security baseline for consumer IoT',
    designation: 'MCMC MTSFB TC G044',
    edition: '2023',
    publisher: 'Malaysian Communications and Multimedia Commission',
  },
  {
    code: 'mcmc-g045@2024',
    name: 'Malaysian technical code: security of IoT devices and gateways',
    designation: 'MCMC MTSFB TC G045',
    edition: '2024',
    publisher: 'Malaysian Communications and Multimedia Commission',
  },
];
