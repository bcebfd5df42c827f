/** Enrolment over EST (RFC 7030), authenticated by the initial identity over mutual TLS. */
export const EST_PATHS = {
  cacerts: '/.well-known/est/cacerts',
  csrattrs: '/.well-known/est/csrattrs',
  simpleenroll: '/.well-known/est/simpleenroll',
  simplereenroll: '/.well-known/est/simplereenroll',
} as const;

/** The local identity's subject carries the device id as its common name; the services take it from there, never from a message. */
export const DEVICE_ID_ATTRIBUTE = 'CN';
