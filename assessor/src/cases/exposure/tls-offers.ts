import { Type, type Static } from 'typebox';
import type { HelloOffer, Probe } from '../../model.ts';
import { fail, idsOf, of, open, pass, type Part, type Reading } from '../access/evidence.ts';
import type { End } from './endpoints.ts';

/** What one TLS end agrees to: today’s versions by a whole handshake, yesterday’s by a hello alone. */
export const Handshake = Type.Object(
  {
    wanted: Type.Union([Type.Literal('best'), Type.Literal('1.2'), Type.Literal('1.3')]),
    agreed: Type.Boolean(),
    /** the end could not be reached at all, so nothing was agreed or refused */
    reached: Type.Boolean(),
    protocol: Type.String(),
    cipher: Type.String(),
    trusted: Type.Boolean(),
    validFrom: Type.String(),
    validTo: Type.String(),
    keyType: Type.String(),
    keyBits: Type.Integer(),
    signature: Type.String(),
    detail: Type.String(),
  },
  { additionalProperties: false },
);
export const Hello = Type.Object(
  {
    offer: Type.String(),
    outcome: Type.Union([Type.Literal('accepted'), Type.Literal('refused'), Type.Literal('unreachable')]),
    suite: Type.String(),
    detail: Type.String(),
  },
  { additionalProperties: false },
);
export const TLS_KINDS = { handshake: Handshake, hello: Hello };
export interface TlsRows {
  readonly handshake: readonly Reading<Static<typeof Handshake>>[];
  readonly hello: readonly Reading<Static<typeof Hello>>[];
}

const suites = (text: string): readonly number[] =>
  text
    .trim()
    .split(/\s+/)
    .map((each) => Number.parseInt(each, 16));
/** Suites of the IANA registry by what is wrong with them; RFC 9325, 4.1 and 4.2. */
const WEAK: Readonly<Record<string, readonly number[]>> = {
  'no encryption (NULL)': suites(
    '0001 0002 003b 002c 002d 002e 00b0 00b1 00b4 00b5 00b8 00b9 c001 c006 c00b c010 c015 c039 c03a c03b',
  ),
  'no authentication (anonymous)': suites(
    '0018 001b 0034 003a 0046 0089 006c 006d 009b 00a6 00a7 00bf 00c5 c016 c017 c018 c019',
  ),
  'export strength': suites(
    '0003 0006 0008 000b 000e 0011 0014 0017 0019 0026 0027 0028 0029 002a 002b 0062 0063 0064 0065',
  ),
  RC4: suites('0004 0005 0020 0024 008a 008e 0092 c002 c007 c00c c011 c033'),
  'DES or triple DES': suites(
    '0009 000a 000c 000d 000f 0010 0012 0013 0015 0016 001a 001e 001f 008b 008f 0093 c003 c008 c00d c012 c01a c01b c01c',
  ),
  'CBC with SHA-1': suites(
    '002f 0030 0031 0032 0033 0035 0036 0037 0038 0039 0041 0044 0045 0084 0087 0088 0096 0099 009a c004 c005 c009 c00a c00e c00f c013 c014',
  ),
};
const GOOD = suites('1301 1302 1303 c02b c02c c02f c030 cca8 cca9 009e 009f');
const USUAL = [...GOOD, ...Object.values(WEAK).flat(), ...suites('003c 003d 0067 006b 009c 009d c023 c024 c027 c028')];

/** The control comes first: what is refused afterwards is refused for its weakness. */
export const CONTROL = 'sound suites';
const OFFERS: Readonly<Record<string, HelloOffer>> = {
  [CONTROL]: { version: 0x0304, suites: GOOD },
  'SSL 3.0': { version: 0x0300, suites: USUAL },
  'TLS 1.0': { version: 0x0301, suites: USUAL },
  'TLS 1.1': { version: 0x0302, suites: USUAL },
  ...Object.fromEntries(Object.entries(WEAK).map(([name, list]) => [name, { version: 0x0303, suites: list }])),
};

export async function observeTls(probe: Probe, id: string): Promise<void> {
  for (const wanted of ['best', '1.2', '1.3'] as const) await observeHandshake(probe, id, wanted);
  for (const [name, offer] of Object.entries(OFFERS)) {
    const greeting = await probe.tls.hello(id, offer);
    if (greeting === undefined) return;
    const { outcome, suite, detail } = greeting;
    const hex = suite === undefined ? '' : `0x${suite.toString(16).padStart(4, '0')}`;
    probe.record('hello', id, { offer: name, outcome, suite: hex, detail }, [
      probe.keep(
        `# ${id}: ClientHello, ${name}, version 0x${offer.version.toString(16).padStart(4, '0')}, ${offer.suites.length} suites\n${outcome} ${hex} ${detail}\n`,
      ),
    ]);
  }
}

async function observeHandshake(probe: Probe, id: string, wanted: 'best' | '1.2' | '1.3'): Promise<void> {
  const client = probe.target.clientIdentity === undefined ? 'none' : 'given';
  const version = wanted === 'best' ? {} : { minVersion: `TLSv${wanted}`, maxVersion: `TLSv${wanted}` };
  const reached = await probe.tls.handshake(id, { client, ciphers: 'DEFAULT', ...version });
  if (!reached.ok) {
    probe.record('handshake', id, {
      wanted,
      // the request for a certificate comes after version and suite are agreed
      agreed: reached.clientCertificateRequested === true,
      reached: reached.because === 'tls' || reached.because === 'reset' || reached.because === 'protocol',
      ...NOTHING,
      detail: `${reached.because}: ${reached.detail}`,
    });
    return;
  }
  const { protocol, cipher, trusted, certificate } = reached.answer;
  const { validFrom, validTo, keyType, keyBits, signatureAlgorithm: signature } = certificate;
  probe.record('handshake', id, {
    wanted,
    agreed: true,
    reached: true,
    protocol,
    cipher,
    trusted,
    validFrom,
    validTo,
    keyType,
    keyBits,
    signature,
    detail: '',
  });
}
const NOTHING = {
  protocol: '',
  cipher: '',
  trusted: false,
  validFrom: '',
  validTo: '',
  keyType: '',
  keyBits: 0,
  signature: '',
};

/** One end: what it agreed to that it should not, then whether all was asked, then that it is sound. */
export function judgeTls(end: End, rows: TlsRows, assessedAt: string): Part {
  const name = end.id;
  const shakes = of(rows.handshake, name);
  const hellos = of(rows.hello, name);
  const best = shakes.find((row) => row.data.wanted === 'best' && row.data.agreed && row.data.protocol !== '');
  const weak = hellos.filter((row) => row.data.outcome === 'accepted' && row.data.offer !== CONTROL);
  if (weak.length > 0) return fail(`${name} agrees to ${weak.map((row) => row.data.offer).join(', ')}`, idsOf(weak));
  const below = shakes.filter((row) => row.data.wanted === '1.2' && row.data.agreed);
  if (end.minimumVersion === '1.3' && below.length > 0) {
    return fail(`${name} agrees to TLS 1.2 although at least 1.3 is declared`, idsOf(below));
  }
  if (best === undefined)
    return open(`${name}: no TLS connection could be made to see what it agrees to`, idsOf([...shakes, ...hellos]));
  const ill = certificateIlls(best.data, assessedAt);
  if (ill.length > 0) return fail(`${name}: its certificate ${ill.join(' and ')}`, [best.id]);
  if (best.data.protocol !== 'TLSv1.2' && best.data.protocol !== 'TLSv1.3') {
    return fail(`${name} agrees to no better than ${best.data.protocol}`, [best.id]);
  }
  const asked = new Set(hellos.filter((row) => row.data.outcome !== 'unreachable').map((row) => row.data.offer));
  const missing = Object.keys(OFFERS).filter((offer) => !asked.has(offer));
  const control = hellos.find((row) => row.data.offer === CONTROL && row.data.outcome === 'accepted');
  const versions = shakes.filter((row) => row.data.reached && row.data.wanted !== 'best');
  const uncovered = [
    ...missing.map((offer) => `${name}: whether ${offer} is refused`),
    ...(control === undefined ? [`${name}: that a sound offer made the same way is accepted`] : []),
    ...(versions.length < 2 ? [`${name}: which of TLS 1.2 and 1.3 it agrees to`] : []),
    ...(best.data.trusted ? [] : [`${name}: whether the certificate is the one that the target file trusts`]),
    ...(end.minimumVersion === undefined ? [`${name}: a declared lowest version of TLS`] : []),
  ];
  return pass(
    `${name} agrees to ${best.data.protocol} and refuses older versions and weak ciphers`,
    idsOf([...shakes, ...hellos]),
    uncovered,
  );
}

/** Strengths as in NIST SP 800-57 part 1, table 2: at least 112 bits. */
function certificateIlls(data: Static<typeof Handshake>, assessedAt: string): readonly string[] {
  const now = Date.parse(assessedAt);
  const elliptic = /^(ec|ed25519|ed448)$/.test(data.keyType);
  return [
    ...(data.keyBits < (elliptic ? 224 : 2048) ? [`has a key of ${data.keyBits} bits (${data.keyType})`] : []),
    ...(/sha-?1(?![0-9])|md[245]/i.test(data.signature) ? [`is signed with ${data.signature}`] : []),
    ...(!(Date.parse(data.validFrom) <= now && now <= Date.parse(data.validTo))
      ? ['is not valid on the day of the assessment']
      : []),
  ];
}
