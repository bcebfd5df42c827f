// the certificate library’s container asks for it when it is loaded
import 'reflect-metadata';
import { ExtendedKeyUsageExtension, X509CertificateGenerator } from '@peculiar/x509';
import { createPrivateKey, createPublicKey, webcrypto } from 'node:crypto';

/** A certificate that vouches for itself on loopback, for servers that play somebody else. */
export const makeCertificate = async (
  options: {
    readonly name?: string;
    readonly days?: number;
    /** extended key usages (RFC 5280, 4.2.1.12), by their numbers */
    readonly purposes?: readonly string[];
    /** PKCS#8 in PEM, P-256; a new one where absent */
    readonly key?: string;
  } = {},
): Promise<{ readonly key: string; readonly cert: string }> => {
  const keys = options.key === undefined ? await newKeys() : await keysOf(options.key);
  const now = Date.now();
  const certificate = await X509CertificateGenerator.createSelfSigned(
    {
      serialNumber: Buffer.from(webcrypto.getRandomValues(new Uint8Array(8))).toString('hex'),
      name: `CN=${options.name ?? 'loopback'}`,
      notBefore: new Date(now - 3_600_000),
      notAfter: new Date(now + (options.days ?? 1) * 86_400_000),
      signingAlgorithm: { name: 'ECDSA', hash: 'SHA-256' },
      keys,
      extensions: options.purposes ? [new ExtendedKeyUsageExtension([...options.purposes])] : [],
    },
    webcrypto,
  );
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64');
  return {
    key: `-----BEGIN PRIVATE KEY-----\n${pkcs8.match(/.{1,64}/g)?.join('\n')}\n-----END PRIVATE KEY-----\n`,
    cert: certificate.toString('pem'),
  };
};

const P256 = { name: 'ECDSA', namedCurve: 'P-256' } as const;
const newKeys = () => webcrypto.subtle.generateKey(P256, true, ['sign', 'verify']);

const keysOf = async (pem: string): Promise<webcrypto.CryptoKeyPair> => {
  const [pkcs8, spki] = [
    createPrivateKey(pem).export({ type: 'pkcs8', format: 'der' }),
    createPublicKey(pem).export({ type: 'spki', format: 'der' }),
  ];
  return {
    privateKey: await webcrypto.subtle.importKey('pkcs8', pkcs8, P256, true, ['sign']),
    publicKey: await webcrypto.subtle.importKey('spki', spki, P256, true, ['verify']),
  };
};
