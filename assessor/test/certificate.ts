import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto';

/** A self-signed P-256 certificate for 127.0.0.1 and localhost, written by hand in DER: the tests need no other program. */
export interface TestCertificate {
  readonly certificate: string;
  readonly key: string;
}

export function selfSigned(name = 'fake-product'): TestCertificate {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const signature = seq(oid(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02));
  const subject = seq(set(seq(oid(0x55, 0x04, 0x03), der(0x0c, Buffer.from(name)))));
  const body = seq(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.from([1, 2, 3, 4])),
    signature,
    subject,
    seq(time('20240101000000Z'), time('20990101000000Z')),
    subject,
    spki(publicKey),
    der(0xa3, seq(seq(oid(0x55, 0x1d, 0x13), der(0x04, seq(der(0x01, Buffer.from([255]))))), names())),
  );
  const signed = sign('sha256', body, privateKey);
  const whole = seq(body, signature, der(0x03, Buffer.concat([Buffer.from([0]), signed])));
  const lines = whole.toString('base64').match(/.{1,64}/g) ?? [];
  return {
    certificate: `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
  };
}

const names = (): Buffer =>
  seq(
    oid(0x55, 0x1d, 0x11),
    der(0x04, seq(der(0x82, Buffer.from('localhost')), der(0x87, Buffer.from([127, 0, 0, 1])))),
  );
const spki = (key: KeyObject): Buffer => key.export({ type: 'spki', format: 'der' });
const time = (text: string): Buffer => der(0x18, Buffer.from(text));
const oid = (...bytes: readonly number[]): Buffer => der(0x06, Buffer.from(bytes));
const seq = (...parts: readonly Buffer[]): Buffer => der(0x30, Buffer.concat(parts));
const set = (...parts: readonly Buffer[]): Buffer => der(0x31, Buffer.concat(parts));

function der(tag: number, body: Buffer): Buffer {
  const { length } = body;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from([tag, ...size]), body]);
}
