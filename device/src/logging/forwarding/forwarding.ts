import { isIP, type Socket } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import type { Declaration } from '@hearthward/product';
import { tlsParameters } from '@hearthward/protocol';
import type { Language } from '@hearthward/standards';
import { message } from '@hearthward/web';
import { Value } from 'typebox/value';
import type { RecordEvent } from '../../channel/channel.ts';
import { asFault } from '../../driver/faults.ts';
import type { Chosen, Outbound } from '../../exposure/outbound.ts';
import type { Millis, SafetyCheck, StateStore } from '../../seams.ts';
import type { SealableLog } from '../../store/store.ts';
import {
  decideForwarding,
  type Forwarding,
  type ForwardingEffect,
  type ForwardingEvent,
  ForwardingState,
  LINE_DOWN,
  type LogServer,
  NOT_FORWARDED,
} from './decide.ts';
import { framed, type Speaker, syslogMessage } from './message.ts';

/** The room's name in the store. */
export const FORWARDING = 'forwarding';
/** The declared communication mechanism that it goes over. */
export const LOG_SERVER = 'log-server';

export interface LogForwarding {
  /** whether the product declares such a way */
  readonly possible: boolean;
  /** where it leads, for whoever lets it pass */
  readonly chosen: () => Chosen;
  /** where the owner wants the log; undefined: nowhere */
  readonly server: () => LogServer | undefined;
  /** from the next entry on; undefined ends it */
  readonly choose: (server: LogServer | undefined) => void;
  /** to be called when something was written, and every few seconds */
  readonly look: () => void;
  readonly checks: (language: Language) => readonly SafetyCheck[];
  readonly close: () => void;
}

const CONNECT_WITHIN = 20_000;
/** A server that is gone without a word is noticed by the system's keep-alive. */
const KEEP_ALIVE = 30_000;
/** So many entries are read at a time; a server that does not take them holds up nothing but itself. */
const AT_ONCE = 100;

/** Sends the log to a syslog server over TLS (RFC 5424, RFC 5425) while the owner wants it. Off until somebody has asked. */
// EN 303 645 5.5-1, G045 PL-4-2, DS-1-1: encrypted, to the one server whose certificate the owner has named
export const openForwarding = (world: {
  readonly declaration: Declaration;
  readonly store: Pick<StateStore, 'read' | 'write'>;
  readonly log: Pick<SealableLog, 'from' | 'state'>;
  readonly outbound: Pick<Outbound, 'connectDeclared'>;
  readonly deviceId: string;
  /** since the start */
  readonly running: () => Millis;
  readonly now: () => Millis;
  /** from 0 up to 1 */
  readonly draw: () => number;
  readonly record: RecordEvent;
  /** there is another place, or none: what lets it pass has to know before it is dialled */
  readonly moved: () => void;
}): LogForwarding => {
  const { declaration, store, log } = world;
  const speaker: Speaker = { deviceId: world.deviceId, product: declaration.product.id };
  const kept = store.read(FORWARDING);
  let forwarding: Forwarding = { state: Value.Check(ForwardingState, kept) ? kept : NOT_FORWARDED, line: LINE_DOWN };
  let link: TLSSocket | undefined;
  let carrier: Socket | undefined;
  let sending = false;

  const handle = (event: ForwardingEvent): void => {
    const { state, effects } = decideForwarding(forwarding, event, world.running());
    if (state.state !== forwarding.state) store.write(FORWARDING, state.state);
    forwarding = state;
    for (const effect of effects) carryOut(effect);
  };
  const carryOut = (effect: ForwardingEffect): void => {
    switch (effect.kind) {
      case 'connect':
        return open(effect.server);
      case 'disconnect':
        link?.destroy();
        carrier?.destroy();
        link = carrier = undefined;
        sending = false;
        return;
      case 'send':
        return send(effect.from);
      case 'tell':
        return world.record('log-not-forwarded', { because: effect.because });
    }
  };
  const open = (server: LogServer): void => {
    let dialled: Socket;
    try {
      dialled = world.outbound.connectDeclared(LOG_SERVER);
    } catch (thrown) {
      return handle({ kind: 'down', because: asFault(thrown).code, draw: world.draw() });
    }
    carrier = dialled;
    // RFC 5425, 4.2.2: who the server is, its fingerprint says, and no authority; nothing is written before
    const tls = connect({
      ...tlsParameters('TLSv1_2', world.now()),
      socket: dialled,
      rejectUnauthorized: false,
      ...(isIP(server.host) === 0 ? { servername: server.host } : {}),
    });
    const down = (because: string): void => {
      if (link !== tls && carrier !== dialled) return;
      handle({ kind: 'down', because, draw: world.draw() });
    };
    tls.setTimeout(CONNECT_WITHIN, () => down('no-answer'));
    tls.once('secureConnect', () => {
      if (carrier !== dialled) return;
      if (fingerprintOf(tls) !== server.fingerprint) return down('peer-untrusted');
      tls.setTimeout(0);
      dialled.setKeepAlive(true, KEEP_ALIVE);
      link = tls;
      handle({ kind: 'up' });
    });
    // nothing comes from a syslog server (RFC 5425, 4.3); what does is not read
    tls.resume();
    tls.on('error', () => down('server-unreachable'));
    dialled.on('error', () => down('server-unreachable'));
    tls.once('close', () => down('server-unreachable'));
    dialled.once('close', () => setImmediate(down, 'server-unreachable'));
  };
  const send = (from: number): void => {
    const tls = link;
    if (!tls || sending) return;
    const entries = log.from(from, AT_ONCE);
    const last = entries.at(-1);
    if (!last) return;
    sending = true;
    const bytes = Buffer.concat(entries.map((entry) => framed(syslogMessage(entry, speaker))));
    tls.write(bytes, (failed) => {
      if (link !== tls) return;
      sending = false;
      if (failed) return;
      handle({ kind: 'written', below: last.seq + 1 });
      send(last.seq + 1);
    });
  };
  const look = (): void => handle({ kind: 'looked', chain: log.state().chain });

  return {
    possible: declaration.communicationMechanisms.some(
      ({ id, chosenBy }) => id === LOG_SERVER && chosenBy !== undefined,
    ),
    chosen: () => {
      const { server } = forwarding.state;
      return server === null ? {} : { [LOG_SERVER]: { host: server.host, port: server.port } };
    },
    server: () => forwarding.state.server ?? undefined,
    choose: (server) => {
      const { chain, seq } = log.state();
      handle({ kind: 'chosen', server, from: { chain, below: seq } });
      world.moved();
    },
    look,
    checks: (language) => {
      if (forwarding.state.server === null) return [];
      const { phase, failures } = forwarding.line;
      const good = phase === 'up' || failures === 0;
      return [{ good, text: message(language, good ? 'forwarding.good' : 'forwarding.bad') }];
    },
    close: () => {
      // what was written is on its way; what follows is sent at the next start
      link?.end();
      link = undefined;
      carrier = undefined;
    },
  };
};

const fingerprintOf = (tls: TLSSocket): string =>
  (tls.getPeerX509Certificate()?.fingerprint256 ?? '').replaceAll(':', '').toLowerCase();
