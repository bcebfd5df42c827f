import { join } from 'node:path';
import type { Server } from 'node:net';
import type { Declaration } from '@hearthward/product';
import { type Bus, openBus } from './bus/broker.ts';
import { type Clock, HOUR, MINUTE, systemClock } from './clock.ts';
import { openAuthority } from './authority/authority.ts';
import { openPublishedLists } from './authority/published.ts';
import { type AlgorithmPolicy, openAlgorithms } from './enrolment/algorithms.ts';
import { type Lasting, openLasting } from './enrolment/lasting.ts';
import { openEnrolment } from './enrolment/enrol.ts';
import { estRoutes } from './enrolment/est.ts';
import { type Factory, openFactory } from './factory/make.ts';
import { openLabelMarks } from './factory/marks.ts';
import { asFault } from './faults.ts';
import { hostFor, namesOf, originOf } from './front/addresses.ts';
import { useErrorPages } from './front/error-pages.ts';
import { openFront } from './front/https.ts';
import { type Log, silent } from './front/log.ts';
import { type Accounts, openAccounts } from './operators/accounts.ts';
import { consoleRoutes } from './operators/console.ts';
import { type Held, openHeld } from './operators/held.ts';
import { openSessions } from './operators/sessions.ts';
import { openServiceKeys, type ServiceKeys } from './keys/rotate.ts';
import { type Management, openManagement } from './management/commands.ts';
import { openOperatorsKey } from './management/key.ts';
import { openNotices } from './publications/notices/history.ts';
import { publicRoutes } from './publications/routes.ts';
import { type Custody, openCustody } from './registry/custody.ts';
import { openPeople } from './privacy/account/open.ts';
import { accountRoutes } from './privacy/account/routes.ts';
import { openPrivacy, type Privacy } from './privacy/privacy.ts';
import { openRegistry, type Registry } from './registry/devices.ts';
import { setupCheckRoutes } from './setup-check/routes.ts';
import { openStore, type Store } from './store/open.ts';
import { openIngest } from './telemetry/ingest.ts';
import type { Doubt } from './telemetry/reports/decide.ts';
import { keepUpdates } from './updates/keep.ts';
import { openRollouts, type Rollouts } from './updates/rollout/driver.ts';
import { openHints } from './updates/rollout/hints.ts';
import { noteWord } from './updates/rollout/words.ts';
import { metadataFromMemory } from './updates/static/memory.ts';
import { staticRoutes } from './updates/static/routes.ts';
import { openStatic } from './updates/repository/files.ts';
import { UPDATES_FOLDER } from './updates/repository/room.ts';
import { rootText } from './updates/repository/state.ts';

export interface Listen {
  readonly address: string;
  /** 0 for any that is free */
  readonly port: number;
}
export interface Listeners {
  readonly https: Listen;
  readonly enrolment: Listen;
  readonly mqtts: Listen;
}
export interface ServicesOptions {
  readonly dataDir: string;
  readonly declarations: readonly Declaration[];
  /** `https` for people, `enrolment` (EST) and `mqtts` for devices */
  readonly listen: Listeners;
  /** origin of the public pages as the world sees it; by default this machine */
  readonly site?: string;
  /** folders on other media where the vault of personal data is kept a second time, without the key that opens it */
  readonly privacyReplicas?: readonly string[];
  /** address of a database of PostgreSQL, as `openStore` takes it; absent: a file in the data folder */
  readonly store?: string;
  readonly clock?: Clock;
  readonly log?: Log;
}
export interface Services {
  readonly site: string;
  /** origin of EST (RFC 7030), and address of the MQTT front-end, as devices are given them */
  readonly enrolment: string;
  readonly messages: string;
  readonly addresses: Listeners;
  /** live roots, PEM one after another */
  readonly anchorsPem: string;
  readonly factory: Factory;
  readonly operators: Pick<Accounts, 'createOperator'>;
  readonly registry: Registry;
  readonly management: Management;
  /** releases on their way through the fleets */
  readonly rollouts: Rollouts;
  /** hands a message to the connection of a device, as the front-end does for whoever has one */
  readonly carry: Bus['send'];
  /** which algorithms devices are told to use, and which are refused */
  readonly algorithms: AlgorithmPolicy;
  /** how long the next certificates of devices last */
  readonly lasting: Lasting;
  /** the services' own keys: what there is, and new ones while the services go on */
  readonly keys: ServiceKeys;
  /** whose personal data it is, and what they decided */
  readonly privacy: Omit<Privacy, 'keepUp' | 'close'>;
  /** all that is held of a device and of its people */
  readonly held: Held;
  readonly store: Store;
  /** takes a device out of service and ends its connections; holds one, and releases it */
  readonly custody: Custody;
  /** takes up what a ceremony put into the authority's folder; by itself every minute */
  readonly followAuthority: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** @throws ServicesFault with its one-line cure; nothing is left open then */
export async function startServices(options: ServicesOptions): Promise<Services> {
  const undo: (() => Promise<void>)[] = [];
  const stop = async () => {
    for (let last = undo.pop(); last; last = undo.pop()) await last();
  };
  try {
    return await start(options, undo, stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

async function start(
  { dataDir, declarations, listen, clock = systemClock, log = silent, ...options }: ServicesOptions,
  undo: (() => Promise<void>)[],
  stop: () => Promise<void>,
): Promise<Services> {
  // The store first: who owns it owns the folder.
  const store = await openStore(dataDir, clock, options.store);
  undo.push(store.close);
  const stableSite = options.site?.replace(/\/+$/, '');
  const lasting = openLasting(store, clock);
  const authority = await openAuthority(join(dataDir, 'authority'), clock, {
    ...(stableSite ? { site: stableSite } : {}),
    lasting: lasting.now,
  });
  const marks = await openLabelMarks(join(dataDir, 'factory'), store.db);
  const names = namesOf(listen, options.site);
  let credentials = await authority.serverCredentials(names);
  const lists = openPublishedLists(store, authority, clock);
  const notices = openNotices(dataDir, declarations, clock);

  const registry = openRegistry(store, clock);
  await registry.allDisconnected();
  let carry: Bus['send'] = () => false;
  const privacy = await openPrivacy({
    store,
    dataDir,
    clock,
    log,
    declarations,
    replicas: options.privacyReplicas ?? [],
    confirming: authority.confirming,
    send: (...message) => carry(...message),
  });
  undo.push(privacy.close);
  const doubted = (deviceId: string, { what }: Doubt) =>
    log({ level: 'warn', event: 'log-doubted', detail: { deviceId, what } });
  const ingest = openIngest(store, clock, noteWord, doubted, privacy);
  undo.push(ingest.drain);
  const accounts = openAccounts(store, clock);
  const sessions = openSessions(store, clock);
  const custody = await openCustody(store, clock);
  const algorithms = openAlgorithms(store, clock);
  const enrolment = openEnrolment({ store, authority, algorithms, custody, clock });

  const repository = join(dataDir, UPDATES_FOLDER, 'repository');
  const front = openFront({ credentials, clock, log, first: metadataFromMemory(repository, clock) });
  undo.push(front.close);
  // G045 AU-3-2, DS-1-2: a port of its own, because the handshake of the public pages can ask nobody for a certificate
  const clients = () => authority.clientAnchors(['initial', 'operational']);
  const est = openFront({ credentials, clock, log, clients });
  undo.push(est.close);
  const bus = await openBus(
    { store, authority, algorithms, registry, custody, ingest, privacy, clock, declarations, log },
    credentials,
  );
  undo.push(bus.close);
  carry = bus.send;
  const operatorsKey = openOperatorsKey(join(dataDir, 'management'));
  const management = openManagement({ store, clock, key: operatorsKey, send: bus.send });
  const updates = join(dataDir, UPDATES_FOLDER);
  const hints = openHints({ store, log, send: bus.send });
  undo.push(hints.close);
  const rollouts = openRollouts({ store, clock, log, folder: updates, hints });

  let site = '';
  const people = openPeople({ store, clock, privacy, registry, declarations, roots: authority.anchorsPem });
  await est.app.register(estRoutes, { enrolment, algorithms, authority, log });
  await est.app.register(setupCheckRoutes, { db: store.db, clock, registry, declarations, updates, log });
  await est.app.ready();
  useErrorPages(front.app, log);
  await front.app.register(consoleRoutes, {
    store,
    accounts,
    sessions,
    registry,
    custody,
    declarations,
    clock,
    management,
    rollouts,
    privacy,
    ...people.console,
    site: () => site,
  });
  await front.app.register(accountRoutes, people.account);
  await front.app.register(staticRoutes, { folder: repository });
  await front.app.register(publicRoutes, { store, registry, declarations, clock, lists, notices, site: () => site });
  await front.app.ready();
  const https = await listenOn(front.server, listen.https);
  const enrolling = await listenOn(est.server, listen.enrolment);
  const mqtts = await listenOn(bus.server, listen.mqtts);
  undo.push(keepUp(), keepUpdates(updates, clock, log, rollouts), privacy.keepUp());

  const origin = originOf(https);
  const messages = `mqtts://${hostFor(listen.mqtts.address)}:${mqtts.port}`;
  site = stableSite ?? origin;
  const services = () => ({ enrolment: originOf(enrolling), messages, site });
  return {
    ...services(),
    addresses: { https, enrolment: enrolling, mqtts },
    get anchorsPem() {
      return authority.anchorsPem();
    },
    factory: openFactory({
      store,
      authority,
      clock,
      declarations,
      services,
      marks,
      managementKey: operatorsKey.publicPem,
      updatesRoot: () => rootText(openStatic(join(dataDir, UPDATES_FOLDER))),
    }),
    operators: { createOperator: accounts.createOperator },
    registry,
    management,
    rollouts,
    carry: bus.send,
    algorithms,
    lasting,
    keys: openServiceKeys({
      store,
      dataDir,
      clock,
      renewServer: (asked) => useCredentials(true, asked),
      renewPassword: accounts.createOperator,
    }),
    privacy,
    held: openHeld({ store, clock, privacy, declarations }),
    store,
    custody,
    followAuthority,
    stop,
  };

  /** What must not wait for the next start: the server certificate's renewal, and forgetting what was kept long enough. */
  function keepUp(): () => Promise<void> {
    let working: Promise<void> = upkeep();
    const timers = [
      setInterval(() => (working = upkeep()), UPKEEP_EVERY).unref(),
      setInterval(() => (working = working.then(eachMinute)), FOLLOW_EVERY).unref(),
    ];
    return () => {
      for (const timer of timers) clearInterval(timer);
      return working;
    };
  }

  async function upkeep(): Promise<void> {
    try {
      await useCredentials();
      await lists.refresh();
      await privacy.followers.dropOver();
    } catch (error) {
      log({ level: 'error', event: 'upkeep-failed', detail: {}, error });
    }
  }

  async function useCredentials(anew = false, asked?: { readonly who: string; readonly why: string }): Promise<void> {
    const renewed = await authority.serverCredentials(names, asked);
    if (!anew && renewed.chainPem === credentials.chainPem) return;
    credentials = renewed;
    for (const listener of [front, est, bus]) listener.setCredentials(renewed);
  }

  // G045 AU-1-10: a new generation of an authority is trusted, and one that was taken back is not, without a restart
  async function followAuthority(): Promise<void> {
    if (!(await authority.follow())) return;
    await useCredentials(true);
    await lists.refresh();
  }

  async function eachMinute(): Promise<void> {
    for (const work of [followAuthority, privacy.data.dropExpired])
      try {
        await work();
      } catch (error) {
        log({ level: 'error', event: 'upkeep-failed', detail: {}, error });
      }
  }
}

const UPKEEP_EVERY = 12 * HOUR;
const FOLLOW_EVERY = MINUTE;

function listenOn(server: Server, { address, port }: Listen): Promise<Listen> {
  return new Promise((resolve, reject) => {
    const failed = (error: Error) => reject(asFault(error, `${address}:${port}`));
    server.once('error', failed);
    server.listen(port, address, () => {
      server.off('error', failed);
      const bound = server.address();
      resolve({ address, port: typeof bound === 'object' && bound ? bound.port : port });
    });
  });
}
