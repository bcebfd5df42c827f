/** The words of standing in: the assessor in the place of a service that the device dials. */

/** What is wrong with the certificate that is shown; all but `misnamed` bear the name of the service. */
export const MASKS = ['self-signed', 'foreign-authority', 'misnamed'] as const;
export type Mask = (typeof MASKS)[number];

/** What the device did when a false service answered it. */
export interface Met {
  /**
   * `refused`: it ended the connection and had sent no data; `spoke`: it sent data; `stayed`: neither, in the time given;
   * `plain`: what it dialled with is no TLS
   */
  readonly outcome: 'refused' | 'spoke' | 'stayed' | 'plain';
  /** of the alert with which it refused (RFC 8446, 6.2) */
  readonly alert?: number;
  /** bytes that it sent to be read by the service; they are counted and never kept */
  readonly bytes: number;
  readonly said: 'mqtt-connect' | 'http-request' | 'other' | '';
  /** digest of what its side of the connection looked like from outside: records, not their content */
  readonly blob: string;
}
export interface LedOn {
  /** data of the device went to the genuine service after the handshake, and was answered */
  readonly wentOn: boolean;
  /** the connection still stood when the exchange had come to rest */
  readonly stood: boolean;
  readonly blob: string;
}

/** While it lasts, what the device dials leads here; each connection is met or led on, in the order in which they come. */
export interface StandIn {
  /** the next connection is answered by a false service; undefined where none came. Ends what was led on before. */
  readonly meet: (mask: Mask, withinMs: number) => Promise<Met | undefined>;
  /** the next connection is passed to the genuine service and back, unread */
  readonly leadOn: (withinMs: number) => Promise<LedOn | undefined>;
  readonly leave: () => Promise<void>;
}
export type StoodIn =
  | { readonly ok: true; readonly standIn: StandIn }
  | { readonly ok: false; readonly because: string };
export interface ImpostorProbe {
  /** where the target file gives a redirect for the service, and it leads here */
  readonly standIn: (service: string) => Promise<StoodIn>;
  /** masks for which there is what they are made of */
  readonly masks: (service: string) => readonly Mask[];
}
