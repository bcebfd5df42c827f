import type { Declaration } from '@hearthward/product';
import type { Topic } from '@hearthward/standards';
import mosquitto from './mosquitto.ts';
import nodeRed from './node-red.ts';

/**
 * What is known of each foreign product beforehand, so that a verdict that is wrong of it fails the run: which topics
 * must fail, and which rows may pass. A row that stands in neither list has to stay open.
 */
export interface Expectation {
  readonly declaration: Declaration;
  /** file of the declaration, relative to the repository */
  readonly file: string;
  /** topic -> why it is true that it fails */
  readonly fails: Readonly<Partial<Record<Topic, string>>>;
  /** topic -> why a failure of it is neither wrong nor certain */
  readonly mayFail: Readonly<Partial<Record<Topic, string>>>;
  /** `CODE REF` -> why it may pass */
  readonly mayPass: Readonly<Record<string, string>>;
}

const REASONS_RECORDED = {
  'etsi-en-303-645@2.1.1 4-1':
    'the declaration gives a reason for every row that it does not claim; that can be read in it',
};

export const MOSQUITTO: Expectation = {
  declaration: mosquitto,
  file: 'testbed/foreign/mosquitto.ts',
  fails: {
    'access-authentication': 'whoever connects without a name receives what is kept under a topic of the home',
    'change-authentication': 'whoever connects without a name may send a message, and it is delivered',
    'unauthenticated-disclosure': 'the topic $SYS/broker/version tells its version to everyone',
  },
  // MQTT in the clear fails nothing here: it is declared for programs of the same host alone, and the test stands on that
  // host; whether others could reach it stays open.
  mayFail: {},
  mayPass: REASONS_RECORDED,
};

export const NODE_RED: Expectation = {
  declaration: nodeRed,
  file: 'testbed/foreign/node-red.ts',
  fails: {
    'access-authentication': 'GET /flows answers everyone',
    'change-authentication': 'POST /flow answers everyone, and the flow is there afterwards',
    'communication-cryptography': 'HTTP in the clear, on every address of the host as shipped',
    'remote-management': 'flows, which are programs, are put on it over that same HTTP',
    'unauthenticated-disclosure': 'GET /settings tells its version to everyone',
  },
  mayFail: {},
  mayPass: REASONS_RECORDED,
};
