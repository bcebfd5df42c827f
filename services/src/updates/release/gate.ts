import { compare, parse, satisfies, valid } from 'semver';
import type { Catalogue, Decision, OsvRecord } from './catalogue.ts';
import type { Component } from './sbom.ts';

/** Which components of a release have a vulnerability that is known to be exploited, and what was decided about it. */
export interface Finding {
  readonly vulnerability: string;
  readonly name: string;
  readonly component: string;
  /** the OSV record that says so; where none speaks of the vulnerability, a component of the product's name */
  readonly by: string;
  readonly decision?: Decision;
}

/** Every finding, decided or not, in the order of component and vulnerability. No disk, no network. */
// EN 303 645 5.2-3, G044 6.2.3: nothing is released with a hole that is being used, unless somebody answers for it
export function findingsOf(
  components: readonly Component[],
  { exploited, records }: Catalogue,
  decisions: readonly Decision[],
): readonly Finding[] {
  const found: Finding[] = [];
  const add = (vulnerability: string, { purl }: Component, by: string): void => {
    const decision = decisions.find((each) => each.vulnerability === vulnerability && each.component === purl);
    const name = exploited.get(vulnerability)?.name ?? '';
    found.push({ vulnerability, name, component: purl, by, ...(decision ? { decision } : {}) });
  };
  const spoken = new Set<string>();
  for (const record of records) {
    if (record.withdrawn !== undefined) continue;
    const ids = [record.id, ...(record.aliases ?? [])].filter((id) => exploited.has(id));
    for (const id of ids) {
      spoken.add(id);
      for (const component of components) if (isAffected(record, component)) add(id, component, record.id);
    }
  }
  // a catalogue names products and no versions: where nothing better is known, the name alone asks for a decision
  for (const [id, { product }] of exploited) {
    if (spoken.has(id)) continue;
    for (const component of components)
      if (plain(component.name) === plain(product)) add(id, component, 'the product’s name');
  }
  const order = ({ component, vulnerability }: Finding) => `${component} ${vulnerability}`;
  const once = new Map(found.map((each) => [order(each), each]));
  return [...once.values()].sort((a, b) => (order(a) < order(b) ? -1 : 1));
}

export const findingLine = ({ vulnerability, component, by, name }: Finding): string =>
  `${vulnerability} in ${component} is known to be exploited (${name}; by ${by}): update it, or record a decision`;

/** https://ossf.github.io/osv-schema/#evaluation: listed versions, and ranges whose events are sorted. */
function isAffected({ affected = [] }: OsvRecord, { name, version, purl }: Component): boolean {
  return affected.some(({ package: of, versions = [], ranges = [] }) => {
    if (!of || of.name !== name || !purl.startsWith(`pkg:${typeOf(of.ecosystem)}/`)) return false;
    if (versions.includes(version)) return true;
    // a record without versions and ranges speaks of all
    if (versions.length === 0 && ranges.length === 0) return true;
    return ranges.some(({ type, events }) => type !== 'GIT' && inRange(version, events));
  });
}

/** package-url types of OSV's ecosystems, those that a Node image can hold; others by their own name */
const typeOf = (ecosystem: string): string => {
  const [plainName = ''] = ecosystem.split(':');
  return ({ npm: 'npm', 'crates.io': 'cargo', PyPI: 'pypi' } as Record<string, string>)[plainName] ?? 'generic';
};

type Events = readonly { readonly introduced?: string; readonly fixed?: string; readonly last_affected?: string }[];
function inRange(version: string, events: Events): boolean {
  // what has no order of versions that we know is affected until somebody says otherwise
  if (valid(version) === null) return true;
  const sorted = [...events].sort((a, b) => compare(atOf(a), atOf(b)));
  let inside = false;
  for (const { introduced, fixed, last_affected: last } of sorted) {
    if (introduced !== undefined && reaches(version, introduced)) inside = true;
    if (fixed !== undefined && reaches(version, fixed)) inside = false;
    if (last !== undefined && valid(last) !== null && satisfies(version, `>${last}`, { includePrerelease: true }))
      inside = false;
  }
  return inside;
}
const atOf = ({ introduced, fixed, last_affected: last }: Events[number]): string =>
  parse(introduced ?? fixed ?? last ?? '0.0.0')?.version ?? '0.0.0-0';
/** `0` is before every version */
const reaches = (version: string, bound: string): boolean =>
  bound === '0' || (valid(bound) !== null && satisfies(version, `>=${bound}`, { includePrerelease: true }));

const plain = (name: string): string => name.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
