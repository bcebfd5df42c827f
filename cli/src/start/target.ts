import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Target } from '@hearthward/assessor';
import { SHORTEST_SECONDS, type AlgorithmState } from '@hearthward/services';
import type { DataFolder } from './data-folder.ts';
import { keepBenchIdentity } from './units/bench.ts';
import type { Part } from './processes.ts';
import { KINDS, type Kind } from './releases/kinds.ts';
import { softwareOf } from './releases/software.ts';
import type { KeptLabel } from './units/label.ts';
import type { Spare } from './units/spare.ts';

/** What the owner tells the assessor: where the hub stands, who allows it, which accounts and folders it may use. */
export interface TargetFacts {
  readonly data: DataFolder;
  readonly services: Part;
  readonly hub: Part;
  readonly panel: string;
  readonly label: KeptLabel;
  readonly hubAddress: string;
  readonly controlAddress: string | undefined;
  readonly taken: readonly number[];
  readonly declaration: string;
  readonly site: string;
  readonly redirects: NonNullable<Target['redirects']>;
  readonly spare: Spare['target'];
  /** also what takes minutes: releases that are offered, and a certificate that ends */
  readonly thorough: boolean;
}

/** The certificates that all of the manufacturer’s lead to. */
export const rootsOf = (data: DataFolder): string => join(data.public, 'manufacturer-roots.pem');
export const keepRoots = (data: DataFolder, services: Part): void =>
  writeFileSync(rootsOf(data), String(services.ready['anchorsPem']));

const THOROUGH = 'it takes minutes, and `hearthward start --thorough` tries it';

/** Enough for the statistics of a batch: 30 values per position of the alphabet and more. */
const BATCH = 2000;

export const writeTarget = async (facts: TargetFacts): Promise<string> => {
  const { data, services } = facts;
  const file = join(data.path, 'target.json');
  const anchors = rootsOf(data);
  const batch = join(data.path, 'secrets', 'unsold-batch.csv');
  const { csv } = await services.ask({ type: 'sample-passwords', n: BATCH });
  mkdirSync(dirname(batch), { recursive: true });
  writeFileSync(batch, String(csv), { mode: 0o600 });
  const target: Target = {
    schema: 'hearthward/target/1',
    declaration: facts.declaration,
    authorisation: {
      by: 'the owner of this hub, on whose machine it runs',
      statement: 'I allow this hub and the services beside it to be assessed on this machine.',
      until: inDays(30),
      changes: true,
      destructive: false,
    },
    services: { panel: { url: facts.panel, fingerprint: facts.label.fingerprint } },
    associatedServices: {
      enrolment: { url: String(services.ready['enrolment']), trust: anchors },
      messages: { url: String(services.ready['messages']), trust: anchors },
    },
    ...(facts.thorough
      ? { releases: askedReleases(data), shortLives: { 'local-identity': shortLife(data) } }
      : { leftOut: { '/releases': THOROUGH, '/shortLives': THOROUGH } }),
    otherAlgorithms: { 'local-identity': await otherAlgorithm(data, services) },
    redirects: facts.redirects,
    held: hearthward(
      'privacy',
      'held',
      facts.label.serial,
      ...on(data),
      '--why',
      'an assessment of this hub',
      '--json',
    ),
    spare: facts.spare,
    site: { url: facts.site, trust: anchors },
    accounts: {
      'panel-password': {
        user: 'owner',
        passwordFile: data.secretFile('owner-password'),
        initialPassword: data.secret('label-password') ?? '',
      },
    },
    clientIdentity: {
      ...(await keepBenchIdentity(data, services, 'bench')),
      forRenewal: await keepBenchIdentity(data, services, 'renewal'),
    },
    host: {
      address: facts.hubAddress,
      ...(facts.controlAddress === undefined ? {} : { control: facts.controlAddress }),
      before: [...facts.taken],
    },
    artefacts: {
      software: [softwareOf(data)],
      storage: [data.hub],
      otherStorage: [data.spareStorage],
      ...runningSystem(facts),
      initialPasswords: batch,
    },
    // nobody else signs in meanwhile: enough for every case that has to fail
    limits: { failedLogins: 90 },
  };
  writeFileSync(file, `${JSON.stringify(target, null, 2)}\n`, { mode: 0o600 });
  return file;
};

/**
 * The hub runs as it is declared only where this command may give its processes accounts of their own, which its state
 * then belongs to. Elsewhere how it runs says nothing of the product, and is not assessed; the hub itself says why.
 */
const runningSystem = ({
  data,
  hub,
}: TargetFacts): { readonly runningSystem?: string[]; readonly processes?: number[] } => {
  const owner = statSync(join(data.hub, 'state'), { throwIfNoEntry: false })?.uid;
  return owner === undefined || owner === process.getuid?.() ? {} : { runningSystem: ['/'], processes: [hub.pid] };
};

/** By the commands with which whoever runs the services chooses. */
const otherAlgorithm = async (data: DataFolder, services: Part) => {
  const { algorithms } = await services.ask({ type: 'algorithms' });
  const signatures = (algorithms as readonly AlgorithmState[]).filter(({ use }) => use === 'signature');
  const wanted = signatures.find((each) => each.wanted)?.algorithm ?? '';
  const other = signatures.find((each) => !each.wanted && each.status !== 'refused')?.algorithm ?? '';
  const prefer = (algorithm: string) => asTheManufacturer(data, 'algorithms', 'prefer', algorithm);
  return { ask: prefer(other), takeBack: prefer(wanted) };
};

/** The shortest that the services give: whoever assesses waits for the end of it. */
const shortLife = (data: DataFolder) => {
  const seconds = SHORTEST_SECONDS;
  const last = (given: string) => asTheManufacturer(data, 'certificates', 'last', given);
  return { seconds, ask: last(`${seconds}`), takeBack: last('usual') };
};

const asTheManufacturer = (data: DataFolder, ...words: readonly string[]): string[] =>
  hearthward('services', ...words, ...on(data));

const hearthward = (...words: readonly string[]): string[] => [
  process.execPath,
  fileURLToPath(new URL('../main.ts', import.meta.url)),
  ...words,
];
const on = (data: DataFolder): string[] => ['--data', data.services, '--who', 'the assessor of this hub'];

/** By a script beside this file, with the keys of the people whom `start` plays. */
const askedReleases = ({ path }: DataFolder): NonNullable<Target['releases']> => {
  const bench = fileURLToPath(new URL('releases/bench.ts', import.meta.url));
  const command = (kind: Kind, what: 'ask' | 'take-back') => [process.execPath, bench, path, kind, what];
  return Object.fromEntries(
    KINDS.map((kind) => [kind, { ask: command(kind, 'ask'), takeBack: command(kind, 'take-back') }]),
  );
};

const inDays = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
