import type { Clock } from '../clock.ts';
import {
  type AuthorityName,
  type Generation,
  type GenerationParts,
  linkFile,
  readGenerations,
  stemOf,
} from './generations.ts';
import { entriesOn } from './lists.ts';
import { openSealedFolder, type SealedFolder } from './sealed.ts';
import { openUses } from './uses.ts';
import { type Certificate, readCertificate } from './x509.ts';

/** What lies in the authority's folder, and which of it is alive. */
export interface Kept {
  /** newest first */
  readonly generations: Readonly<Record<AuthorityName, readonly Generation[]>>;
  /** roots that vouch for each other: the key of `of`, signed by `by` */
  readonly links: readonly Link[];
  /** roots that were retired because their time was over, and nothing was wrong with them */
  readonly superseded: ReadonlySet<number>;
  /** lists of the roots: label and DER */
  readonly lists: readonly (readonly [label: string, der: Uint8Array])[];
  /** serials of authorities that a root took back, and of roots that were retired */
  readonly ended: ReadonlySet<string>;
  /** the same text while nothing changed */
  readonly state: string;
}
export interface Link {
  readonly of: number;
  readonly by: number;
  readonly certificate: Certificate;
}

export function openAuthorityFiles(folder: string, clock: Clock): GenerationParts {
  return { files: openSealedFolder(folder), uses: openUses(folder), clock };
}

export async function readKept(files: SealedFolder): Promise<Kept> {
  const generations = {
    root: await readGenerations(files, 'root'),
    initial: await readGenerations(files, 'initial'),
    operational: await readGenerations(files, 'operational'),
    service: await readGenerations(files, 'service'),
  };
  const links = generations.root.flatMap(({ number }) =>
    [
      [number, number - 1],
      [number - 1, number],
    ].flatMap(([of = 0, by = 0]) => {
      const pem = files.read(linkFile(of, by));
      return pem === undefined ? [] : [{ of, by, certificate: readCertificate(pem) }];
    }),
  );
  const lists = generations.root.flatMap(({ number }) => {
    const base64 = files.read(rootListFile(number));
    return base64 === undefined ? [] : [[`root.${number}`, new Uint8Array(Buffer.from(base64, 'base64'))] as const];
  });
  const gone = generations.root.filter(({ number }) => files.read(retiredFile(number)) !== undefined);
  const retired = gone.map(({ certificate }) => serialOf(certificate));
  const superseded = new Set(
    gone
      .map(({ number }) => number)
      .filter((number) => files.read(retiredFile(number))?.split('\n')[1] === 'superseded'),
  );
  const ended = new Set([...lists.flatMap(([, der]) => entriesOn(der).map(({ serial }) => serial)), ...retired]);
  const state = JSON.stringify([
    Object.values(generations).map((all) => all.map(({ certificate }) => serialOf(certificate))),
    links.map(({ certificate }) => serialOf(certificate)),
    lists.map(([, der]) => Buffer.from(der).toString('base64')),
    [...ended],
  ]);
  return { generations, links, superseded, lists, ended, state };
}

/** In its time, and not taken back; newest first. */
// G045 AU-1-10: an authority that ended or was revoked vouches for nobody
export const liveAmong = (kept: Kept, name: AuthorityName, now: number): readonly Generation[] =>
  kept.generations[name].filter(
    ({ certificate }) => now <= certificate.notAfter.getTime() && !kept.ended.has(serialOf(certificate)),
  );

/**
 * How roots vouch for each other, as it is shown: between roots that are alive, and by one that was superseded, as long as
 * it lasts: a device that slept through the whole roll-over trusts nothing else, and finds its way to the new root (RFC 4210
 * 4.4). One that was taken back for any other reason vouches for nobody.
 */
export function linksShown(kept: Kept, now: number): readonly Link[] {
  const live = new Set(liveAmong(kept, 'root', now).map(({ number }) => number));
  const lasting = kept.generations.root.filter(({ certificate }) => now <= certificate.notAfter.getTime());
  const vouching = new Set(lasting.map(({ number }) => number).filter((n) => live.has(n) || kept.superseded.has(n)));
  return kept.links.filter(({ of, by }) => live.has(of) && vouching.has(by));
}

export const rootListFile = (number: number): string => `${stemOf('root', number)}.crl`;
/** says since when a root is no longer shown to anybody, and why */
export const retiredFile = (number: number): string => `${stemOf('root', number)}.retired`;

const serialOf = (certificate: Certificate): string => certificate.serialNumber.toLowerCase();
