import type { ClientKind, Reached } from './model.ts';

/** The words of certificates: what they say, and what a case may ask of a service that issues them. */
/** What a certificate says of its key: which key, of what kind, and what it may be used for. */
export interface KeyFacts {
  /** SHA-256 of the public key with its algorithm, lower-case hex */
  readonly key: string;
  /** as `node:crypto` names it: `ec`, `ed25519`, `rsa` ... */
  readonly keyType: string;
  readonly keyBits: number;
  /** key usage and extended key usage (RFC 5280, 4.2.1.3 and 4.2.1.12) by their names; an unknown purpose by its number */
  readonly usages: readonly string[];
  /** it may certify others */
  readonly ca: boolean;
}

export interface CertificateFacts extends KeyFacts {
  readonly subject: string;
  readonly serialNumber: string;
  readonly validFrom: string;
  readonly validTo: string;
}
/** Enrolment over secure transport (RFC 7030), with the identities of the target file. */
export interface EnrolmentProbe {
  /** the certificate that such a client shows now */
  readonly shown: (client: ClientKind) => CertificateFacts | undefined;
  /** how many authorities’ certificates are told (4.1); 0 where the answer is not of this protocol */
  readonly authorities: (service: string, client: ClientKind) => Promise<Reached<number>>;
  /** the certificates themselves, in the order told */
  readonly certificates: (service: string, client: ClientKind) => Promise<Reached<readonly CertificateFacts[]>>;
  /**
   * Renews with a key made for it (4.2.2), asking for the name of the certificate shown, or for that of another client.
   * What is issued becomes the identity `for-renewal`.
   */
  readonly renew: (
    service: string,
    options: { readonly client: 'for-renewal' | 'replaced'; readonly nameOf?: ClientKind },
  ) => Promise<Reached<Renewal>>;
}
export interface Renewal {
  readonly status: number;
  /** absent where none for the key of the request was issued */
  readonly certificate?: CertificateFacts;
  /** what is issued leads over certificates that the service tells to one that vouches for itself */
  readonly chain: boolean;
  readonly blob: string;
}
