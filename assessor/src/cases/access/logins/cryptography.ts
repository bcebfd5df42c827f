import type { AuthenticationMechanism } from '@hearthward/product';
import type { Case, Judgement, Seen } from '../../../model.ts';
import { fail, idsOf, of, open, pass, readEvidence, weigh, type Part } from '../evidence.ts';
import { accountFor, passwordMechanisms } from '../subjects.ts';
import { LOGIN_WIRE, observeLoginWire } from './login-wire.ts';

/** Credentials travel only under TLS of today’s strength, never in an address, and cookies stay on TLS. */
type Rows = ReturnType<typeof readEvidence<typeof LOGIN_WIRE>>['rows'];

const AEAD = /GCM|CCM|CHACHA20/i;
/** RFC 9325, 4.5: at least 112 bits of security. */
const LEAST_BITS: Readonly<Record<string, number>> = { rsa: 2048, 'rsa-pss': 2048, ec: 224, ed25519: 256, ed448: 456 };

export const authenticationCryptography: Case = {
  id: 'authentication-cryptography',
  topic: 'authentication-cryptography',
  title: 'Examines how a login travels: TLS versions and ciphers offered, key size, plain HTTP, addresses and cookies.',
  ready: accountFor(passwordMechanisms, 'no password with a network login is declared'),
  effect: 'reading',
  observe: observeLoginWire,
  judge,
};

// EN 303 645 5.1-3: authentication uses best practice cryptography.
function judge(seen: Seen): Judgement {
  const { rows, parts } = readEvidence(seen, LOGIN_WIRE);
  return weigh(
    [...parts, ...passwordMechanisms(seen.declaration).flatMap((each) => judgeOne(each, rows))],
    'no password with a network login is declared',
  );
}

function judgeOne(mechanism: AuthenticationMechanism, rows: Rows): readonly Part[] {
  const name = mechanism.id;
  const parts: Part[] = [];
  for (const service of mechanism.services) {
    const scheme = of(rows.scheme, name).filter((row) => row.data.service === service);
    if (scheme.length === 0) parts.push(open(`${name}: how ${service} carries credentials`));
    else if (scheme.some((row) => row.data.scheme === 'http' || row.data.scheme === 'mqtt')) {
      parts.push(fail(`${name}: ${service} takes credentials without TLS`, idsOf(scheme)));
    } else
      parts.push(
        ...judgeTls(name, service, rows),
        ...(scheme.some((row) => row.data.scheme === 'https') ? [judgePlain(name, service, rows)] : []),
      );
  }
  parts.push(...judgeLogin(mechanism, rows));
  return parts;
}

function judgeTls(name: string, service: string, rows: Rows): readonly Part[] {
  const mine = of(rows.handshake, name).filter((row) => row.data.service === service);
  const by = (offered: string) => mine.filter((row) => row.data.offered === offered);
  const best = by('best').filter((row) => row.data.ok);
  const weak = [...by('old-versions'), ...by('no-aead')].filter((row) => row.data.ok);
  if (weak.length > 0) {
    return [
      fail(
        `${name}: ${service} also accepts ${weak.map((row) => `${row.data.protocol} with ${row.data.cipher}`).join(' and ')}`,
        idsOf(weak),
      ),
    ];
  }
  if (best.length === 0) return [open(`${name}: no TLS handshake with ${service} succeeded`, idsOf(mine))];
  for (const { id, data } of best) {
    if (!/^TLSv1\.[23]$/.test(data.protocol)) return [fail(`${name}: ${service} negotiates ${data.protocol}`, [id])];
    if (!AEAD.test(data.cipher))
      return [fail(`${name}: ${service} negotiates ${data.cipher}, without authenticated encryption`, [id])];
    const least = LEAST_BITS[data.keyType.toLowerCase()];
    if (least === undefined)
      return [open(`${name}: the strength of a ${data.keyType} key of ${service} is not known`, [id])];
    if (data.keyBits < least)
      return [fail(`${name}: the key of ${service} has ${data.keyBits} bits (${data.keyType})`, [id])];
  }
  const refused = (offered: string) =>
    by(offered).some((row) => !row.data.ok && (row.data.because === 'tls' || row.data.because === 'reset'));
  const uncovered = [
    ...(refused('old-versions') ? [] : [`${name}: that ${service} refuses TLS below 1.2`]),
    ...(refused('no-aead') ? [] : [`${name}: that ${service} refuses ciphers without authenticated encryption`]),
  ];
  return [
    pass(
      `${name}: ${service} takes credentials only under TLS 1.2 or later with authenticated encryption`,
      idsOf(mine),
      uncovered,
    ),
  ];
}

function judgePlain(name: string, service: string, rows: Rows): Part {
  const mine = of(rows.plain, name).filter((row) => row.data.service === service);
  const offered = mine.filter(
    (row) => row.data.answered && (row.data.form || (row.data.status < 300 && !row.data.toTls)),
  );
  if (offered.length > 0)
    return fail(`${name}: ${service} offers its login without TLS on the same port`, idsOf(offered));
  if (mine.length === 0) return open(`${name}: that ${service} does not answer without TLS`);
  return pass(`${name}: ${service} offers no login without TLS`, idsOf(mine));
}

function judgeLogin(mechanism: AuthenticationMechanism, rows: Rows): readonly Part[] {
  const name = mechanism.id;
  const mine = of(rows.login, name);
  const inside = mine.filter((row) => row.data.outcome.kind === 'in');
  const shown = mine.filter((row) => row.data.inAddress || row.data.formMethod === 'get');
  if (shown.length > 0) return [fail(`${name}: the password stands in an address`, idsOf(shown))];
  const unprotected = inside.filter((row) => row.data.openCookies.length > 0);
  if (unprotected.length > 0) {
    return [
      fail(
        `${name}: the cookies ${unprotected.flatMap((row) => row.data.openCookies).join(', ')} lack Secure`,
        idsOf(unprotected),
      ),
    ];
  }
  if (inside.length === 0) return [open(`${name}: no login succeeded`, idsOf(mine))];
  const formSeen = mechanism.login?.kind !== 'form' || inside.some((row) => row.data.formMethod === 'post');
  return [
    pass(
      `${name}: the login leaves no password in an address and no cookie open`,
      idsOf(inside),
      formSeen ? [] : [`${name}: how the login form is sent`],
    ),
  ];
}
