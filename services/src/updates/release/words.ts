import { Release } from '@hearthward/protocol';
import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';

/** What people write about a release before it is built: a JSON file beside the image. The rest of `Release` is computed. */
const strict = { additionalProperties: false } as const;

const {
  version,
  number,
  models,
  kind,
  securityVersion,
  summary,
  risksRemoved,
  downtimeSeconds,
  keepsWorking,
  fromNumber,
} = Release.properties;
export const ReleaseWords = Type.Object(
  {
    product: Release.properties.product,
    version,
    number,
    models,
    kind,
    securityVersion,
    summary,
    risksRemoved,
    downtimeSeconds,
    keepsWorking,
    fromNumber,
    /** module of the image that starts it */
    entry: Type.String({ minLength: 1, maxLength: 1024 }),
    /** parts that no npm package names: a runtime, a library of the system */
    components: Type.Optional(
      Type.Array(
        Type.Object(
          {
            name: Type.String({ minLength: 1, maxLength: 200 }),
            version: Type.String({ minLength: 1, maxLength: 100 }),
            purl: Type.Optional(Type.String({ pattern: '^pkg:[!-~]{1,300}$' })),
          },
          strict,
        ),
        { maxItems: 1000 },
      ),
    ),
  },
  strict,
);
export type ReleaseWords = Static<typeof ReleaseWords>;

export type ReadWords =
  | { readonly ok: true; readonly words: ReleaseWords }
  | { readonly ok: false; readonly lines: readonly string[] };

export function readWords(text: string): ReadWords {
  let words: unknown;
  try {
    // boundary release-words: a file that the release manager names -> ReleaseWords, at most 64 KiB, as small files are read, else each mistake named;
    // services/test/updates/release.test.ts
    words = JSON.parse(text);
  } catch {
    return { ok: false, lines: ['it is not JSON'] };
  }
  if (!Value.Check(ReleaseWords, words))
    return {
      ok: false,
      lines: Value.Errors(ReleaseWords, words)
        .slice(0, 20)
        .map(
          ({ instancePath, message }) =>
            `${instancePath === '' ? 'the file' : instancePath.slice(1).replaceAll('/', '.')} ${message}`,
        ),
    };
  const lines = [...whyNot(words)];
  return lines.length > 0 ? { ok: false, lines } : { ok: true, words };
}

function* whyNot({ kind, risksRemoved, models, keepsWorking, downtimeSeconds }: ReleaseWords): Generator<string> {
  // EN 303 645 5.3-11, G044 6.3.11: whoever is asked to install a mending release is told what it mends
  if (kind === 'security' && risksRemoved.length === 0) yield 'risksRemoved: a security release names at least one';
  if (new Set(models).size !== models.length) yield 'models: one is there twice';
  if (new Set(risksRemoved.map(({ id }) => id)).size !== risksRemoved.length) yield 'risksRemoved: one is there twice';
  // EN 303 645 5.3-12, G044 6.3.12: what goes on while the device is away is said, or that nothing does
  if (downtimeSeconds > 0 && keepsWorking.length === 0)
    yield 'keepsWorking: say what goes on while the device is away, or in words that nothing does';
}
