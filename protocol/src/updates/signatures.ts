import { type Static, Type } from 'typebox';

/**
 * Signatures of malware from the manufacturer: one file in a form of ClamAV's, a TUF target of the role whose releases only
 * mend, `PRODUCT/security/signatures/set.FORMAT`. How long it holds is signed with it and is a clock of its own: metadata
 * that is renewed each day says nothing of signatures that nobody has looked after for a month.
 */
export const SIGNATURE_FORMATS = ['hdb', 'hsb', 'ndb'] as const;
export type SignatureFormat = (typeof SIGNATURE_FORMATS)[number];

export const signaturesPath = (product: string, format: SignatureFormat): string =>
  `${product}/security/signatures/set.${format}`;

export const SIGNATURE_LIMITS = {
  bytes: 8 * 1024 * 1024,
  /** of one signature, in characters */
  line: 16 * 1024,
  /** nobody signs a set that would never be old */
  freshDays: 90,
} as const;

const Moment = Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}Z$' });

/** What is signed of a set, as the custom part of its target. */
export const SignatureSet = Type.Object(
  {
    v: Type.Literal(1),
    product: Type.String({ pattern: '^[a-z0-9]+(-[a-z0-9]+)*$', maxLength: 64 }),
    /** rises with every set of the product */
    number: Type.Integer({ minimum: 1, maximum: 2 ** 31 - 1 }),
    madeAt: Moment,
    /** the set is too old from then on */
    freshUntil: Moment,
  },
  { additionalProperties: false },
);
export type SignatureSet = Static<typeof SignatureSet>;

const DAY = 86_400_000;

/** Undefined where both moments are days, in order, and no further apart than the product declares. */
export const whyNoFreshness = (
  { madeAt, freshUntil }: Pick<SignatureSet, 'madeAt' | 'freshUntil'>,
  freshDays: number = SIGNATURE_LIMITS.freshDays,
): string | undefined => {
  const [made, until] = [Date.parse(madeAt), Date.parse(freshUntil)];
  if (!(until > made)) return 'it is too old from the beginning';
  return until - made > freshDays * DAY ? `it would hold for more than ${freshDays} days` : undefined;
};

const NAME = '[A-Za-z0-9][A-Za-z0-9._/-]{0,127}';
const LEVELS = '(?::[0-9]{1,4}){0,2}';
/** ClamAV, "Creating signatures": digests of whole files, and patterns of their bytes. */
const ENTRY: Readonly<Record<SignatureFormat, RegExp>> = {
  hdb: new RegExp(`^[0-9a-f]{32}:[0-9]{1,10}:${NAME}${LEVELS}$`),
  hsb: new RegExp(`^(?:[0-9a-f]{40}|[0-9a-f]{64}):[0-9]{1,10}:${NAME}${LEVELS}$`),
  ndb: new RegExp(`^${NAME}:[0-9]{1,2}:(?:\\*|[A-Za-z0-9+,*-]{1,64}):[0-9A-Fa-f?*{}()|!-]{8,}${LEVELS}$`),
};

/** Hostile bytes: how many signatures they are, or the first line that is none. */
export const readSignatures = (
  format: SignatureFormat,
  bytes: Uint8Array,
): { readonly ok: true; readonly count: number } | { readonly ok: false; readonly because: string } => {
  if (bytes.length > SIGNATURE_LIMITS.bytes) return refused(`it has more than ${SIGNATURE_LIMITS.bytes} bytes`);
  const lines = Buffer.from(bytes).toString('latin1').split('\n');
  if (lines.pop() !== '') return refused('its last line has no end');
  const wrong = lines.findIndex((line) => line.length > SIGNATURE_LIMITS.line || !ENTRY[format].test(line));
  if (wrong >= 0) return refused(`line ${wrong + 1} is no signature in the form of .${format}`);
  // what finds nothing is no protection, whoever signed it
  return lines.length > 0 ? { ok: true, count: lines.length } : refused('it has no signature');
};

const refused = (because: string) => ({ ok: false, because }) as const;
