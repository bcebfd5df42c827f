import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Static, Type, type TSchema } from 'typebox';
import { Value } from 'typebox/value';
import { asFault, ServicesFault } from '../../faults.ts';

/**
 * What the operator brings to the gate, as files, since a build asks no network: the catalogue of known exploited
 * vulnerabilities (CISA's JSON), records of affected packages (OSV), and the decisions that people took.
 */
const Exploited = Type.Object({
  catalogVersion: Type.String({ maxLength: 64 }),
  dateReleased: Type.String({ maxLength: 64 }),
  vulnerabilities: Type.Array(
    Type.Object({
      cveID: Type.String({ pattern: '^CVE-\\d{4}-\\d{4,}$' }),
      vendorProject: Type.String(),
      product: Type.String(),
      vulnerabilityName: Type.String(),
    }),
    { maxItems: 100_000 },
  ),
});

/** https://ossf.github.io/osv-schema/ */
export const OsvRecord = Type.Object({
  id: Type.String({ maxLength: 200 }),
  aliases: Type.Optional(Type.Array(Type.String({ maxLength: 200 }))),
  withdrawn: Type.Optional(Type.String()),
  affected: Type.Optional(
    Type.Array(
      Type.Object({
        package: Type.Optional(Type.Object({ ecosystem: Type.String(), name: Type.String() })),
        versions: Type.Optional(Type.Array(Type.String())),
        ranges: Type.Optional(
          Type.Array(
            Type.Object({
              type: Type.String(),
              events: Type.Array(
                Type.Object({
                  introduced: Type.Optional(Type.String()),
                  fixed: Type.Optional(Type.String()),
                  last_affected: Type.Optional(Type.String()),
                }),
              ),
            }),
          ),
        ),
      }),
    ),
  ),
});
export type OsvRecord = Static<typeof OsvRecord>;

/** A decision about one vulnerability in one component, with who took it and why. */
export const Decision = Type.Object(
  {
    vulnerability: Type.String({ pattern: '^[A-Z]+(-[0-9A-Za-z]+)+$', maxLength: 64 }),
    /** package-url with its version: a decision does not outlive the version that it was taken for */
    component: Type.String({ pattern: '^pkg:[!-~]{1,300}@[!-~]{1,100}$' }),
    /** words of VEX; `affected` is no decision that lets a release pass */
    status: Type.Union([Type.Literal('not_affected'), Type.Literal('fixed')]),
    reason: Type.String({ minLength: 20, maxLength: 2000 }),
    who: Type.String({ minLength: 1, maxLength: 200 }),
    date: Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$' }),
  },
  { additionalProperties: false },
);
export type Decision = Static<typeof Decision>;
const Decisions = Type.Object(
  { v: Type.Literal(1), decisions: Type.Array(Decision, { maxItems: 10_000 }) },
  { additionalProperties: false },
);

/** https://github.com/openvex/spec: the statements that decide something, in our words */
const OpenVex = Type.Object({
  '@context': Type.String({ pattern: '^https://openvex\\.dev/ns' }),
  author: Type.String({ minLength: 1, maxLength: 200 }),
  timestamp: Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}T' }),
  statements: Type.Array(
    Type.Object({
      vulnerability: Type.Object({ name: Type.String() }),
      products: Type.Optional(
        Type.Array(
          Type.Object({
            '@id': Type.String(),
            subcomponents: Type.Optional(Type.Array(Type.Object({ '@id': Type.String() }))),
          }),
        ),
      ),
      status: Type.String(),
      justification: Type.Optional(Type.String()),
      impact_statement: Type.Optional(Type.String()),
      status_notes: Type.Optional(Type.String()),
    }),
  ),
});

export interface Catalogue {
  /** by CVE: what people call it */
  readonly exploited: ReadonlyMap<string, { readonly name: string; readonly product: string }>;
  /** as the file says: its version and the day that it was released */
  readonly released: string;
  readonly records: readonly OsvRecord[];
}

/** `osv` is a file with a record or a list of them, or a folder of such files. @throws ServicesFault `catalogue-refused` */
export function readCatalogue(exploitedFile: string, osv: readonly string[]): Catalogue {
  const exploited = read(Exploited, exploitedFile, 'is no catalogue of exploited vulnerabilities');
  const records = osv.flatMap(filesIn).flatMap((file) => {
    const found = parse(file);
    const list: readonly unknown[] = Array.isArray(found) ? found : [found];
    return list.map((each) => {
      if (!Value.Check(OsvRecord, each))
        throw new ServicesFault('catalogue-refused', `${file} holds what is no OSV record`);
      return each;
    });
  });
  const named = exploited.vulnerabilities.map(
    ({ cveID, vulnerabilityName, product }) => [cveID, { name: vulnerabilityName, product }] as const,
  );
  return { exploited: new Map(named), released: `${exploited.catalogVersion} of ${exploited.dateReleased}`, records };
}

/** Our own list, or an OpenVEX document. @throws ServicesFault `catalogue-refused` */
export function readDecisions(file: string): readonly Decision[] {
  const found = parse(file);
  if (Value.Check(Decisions, found)) return found.decisions;
  if (!Value.Check(OpenVex, found))
    throw new ServicesFault('catalogue-refused', `${file} holds no decisions of ours, nor OpenVEX`);
  return found.statements.flatMap(({ vulnerability, products = [], status, ...why }) =>
    products
      .flatMap((each) => [each['@id'], ...(each.subcomponents ?? []).map((part) => part['@id'])])
      .map((component) => ({
        vulnerability: vulnerability.name,
        component,
        status,
        reason: [why.justification, why.impact_statement, why.status_notes].filter(Boolean).join(': '),
        who: found.author,
        date: found.timestamp.slice(0, 10),
      }))
      // what is under investigation, or has no reason, decides nothing
      .filter((each): each is Decision => Value.Check(Decision, each)),
  );
}

function read<T extends TSchema>(schema: T, file: string, wrong: string): Static<T> {
  const found = parse(file);
  if (!Value.Check(schema, found)) throw new ServicesFault('catalogue-refused', `${file} ${wrong}`);
  return found;
}

const MOST_BYTES = 256 * 1024 * 1024;
function parse(file: string): unknown {
  try {
    if (statSync(file).size > MOST_BYTES)
      throw new ServicesFault('catalogue-refused', `${file} is larger than 256 MiB`);
    // boundary advisory-catalogue: files that the release manager names -> read, at most MOST_BYTES, else catalogue-refused;
    // services/test/updates/release.test.ts
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    if (error instanceof SyntaxError) throw new ServicesFault('catalogue-refused', `${file} is not JSON`, error);
    throw asFault(error, file);
  }
}

function filesIn(path: string): string[] {
  try {
    if (!statSync(path).isDirectory()) return [path];
    return readdirSync(path)
      .filter((name) => name.endsWith('.json'))
      .sort()
      .map((name) => join(path, name));
  } catch (error) {
    throw asFault(error, path);
  }
}
