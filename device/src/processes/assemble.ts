import { randomBytes } from 'node:crypto';
import type { Server as TlsServer } from 'node:tls';
import type { FastifyInstance } from 'fastify';
import { standOnHardware } from '../board/hardware.ts';
import { openPresence } from '../access/presence/presence.ts';
import { openChannel } from '../channel/channel.ts';
import { standInTime } from '../channel/time/standing.ts';
import { every } from '../driver/every.ts';
import { createOutbound } from '../exposure/outbound.ts';
import { panelServiceOf, standExposed, type Standing } from '../exposure/standing.ts';
import { standScanner } from '../incoming/standing.ts';
import { readFactoryBundle } from '../manufacture/bundle.ts';
import { LOG_EVERY, openLog } from '../logging/open.ts';
import { openOutward } from '../logging/outward.ts';
import { readState } from '../panel/documents.ts';
import { watchOwn } from '../integrity/own.ts';
import { neverHeld, standInQuarantine } from '../quarantine/link.ts';
import { openManagement } from '../management/management.ts';
import { buildPanel } from '../panel/app.ts';
import type { PanelContext } from '../panel/context.ts';
import { standPrivacy } from '../privacy/standing.ts';
import { defaultParts, type DeviceParts } from '../parts.ts';
import type { DeviceState, SecurityEvent } from '../seams.ts';
import { openRenewal } from '../secrets/renewal.ts';
import { wiping } from '../secrets/wiping.ts';
import { standSetupCheck } from '../setup/check/standing.ts';
import { deviceStateOf } from '../setup/decide.ts';
import { openState } from '../store/migration/migration.ts';
import { opens } from '../store/opens.ts';
import { EVENT_LOG } from '../store/store.ts';
import { standBeside } from '../updates/running/beside.ts';
import { HEALTH_EVERY_MILLIS } from '../updates/running/link.ts';
import type { Assembly, RunningDevice } from './assembly.ts';
import { stateFolderOf } from './folder.ts';
import { mustBeMadeAs, openProduct, PRODUCT_SETTINGS } from './product.ts';

const OBSERVE_EVERY = 60_000;
/** how late management may end after its time; nothing is taken after it in any case */
const MANAGEMENT_EVERY = 5_000;
/** How often the ages of keys are looked at; they count in days. */
const AGES_EVERY = 3_600_000;

/** Puts a device together in this process and starts it. It listens when this resolves; the channel comes up by itself. */
export const assembleDevice = async (given: Assembly): Promise<RunningDevice> => {
  const { declaration, signer, dataDir, fault } = given;
  const clock = given.clock ?? { now: () => Date.now() };
  const running = given.clock?.now ?? (() => performance.now());
  const parts: DeviceParts = { ...defaultParts, ...given.parts };
  const presence = given.presence ?? openPresence();
  const { bundle, productId, listen, hashing } = readFactoryBundle(dataDir);
  mustBeMadeAs(productId, declaration);
  const closers: (() => Promise<void> | void)[] = [];
  const closeAll = async (): Promise<void> => {
    for (const close of closers.splice(0).reverse()) await close();
  };
  try {
    const { store, confirmed } = await openState(signer, stateFolderOf(dataDir), closers, parts.sealing, {
      onTrial: given.onTrial === true,
      log: parts.log,
    });
    const quarantine = given.quarantine ?? neverHeld();
    const isSetUp = (): boolean => deviceStateOf(readState(store, 'setup')) === 'initialised';
    const stateNow = (): DeviceState => (quarantine.held() ? 'quarantine' : deviceStateOf(readState(store, 'setup')));
    const isHeld = (): boolean => quarantine.held() !== undefined;
    const outbound = createOutbound(declaration, bundle.services, isHeld, parts.mayDial, () => outward.chosen());
    const inTime = standInTime({ store, clock, running, bundle, record: (kind, detail) => record(kind, detail) });
    const { floored, time } = inTime;
    const began = running();
    const log = openLog({
      store,
      recorder: parts.record,
      repeats: parts.repeats,
      signer,
      deviceId: bundle.deviceId,
      now: time.now,
      time: () => ({ up: Math.max(0, Math.round(running() - began)), source: inTime.source() }),
      heard,
      fault,
    });
    closers.push(log.close);
    const { record } = log;
    const channel = openChannel({
      store,
      clock: floored,
      clientTls: parts.clientTls,
      renewal: parts.renewal,
      signer,
      outbound,
      deviceId: bundle.deviceId,
      ...(given.draw ? { draw: given.draw } : {}),
      record,
      time,
      sealWith: (algorithm) => renewal.sealWith(algorithm),
      left: (message) => privacy.left(message),
      fault,
    });
    closers.push(channel.close);
    const scanner = standScanner({ declaration, settings: given.scanner, store, now: floored.now, record, fault });
    closers.push(scanner.stop);
    const moved = (): unknown => exposure?.enter(stateNow()).catch(fault);
    const outward = openOutward(given, { store, channel, outbound, bundle, running, clock, record, moved, closers });
    log.follow(outward);
    const management = openManagement({
      store: log.store,
      clock: floored,
      channel,
      deviceId: bundle.deviceId,
      operatorsKey: bundle.managementKey,
      softwareVersion: declaration.product.softwareVersion,
      record,
      protection: given.protection,
      ...(given.restart ? { restart: given.restart } : {}),
      fault,
      decide: parts.management,
    });
    closers.push(management.close);
    const own = watchOwn({ declaration, dataDir, store, quarantine, record, fault });
    closers.push(own.stop);
    const product = openProduct(given.product, { declaration, clock, store, presence, control: given.control });
    const hardware = standOnHardware({
      board: given.board ?? given.product.board?.(),
      declaration,
      dataDir,
      clock,
      running,
      signer,
      store,
      record,
      fault,
      parts,
      quarantine,
      knownTime: floored.now,
      state: stateNow,
      beSafe: () => product.functions.safe?.(),
      end: () => void closeAll().then(given.restart).catch(fault),
    });
    closers.push(hardware.stop);
    const shared = { declaration, store, parts, channel, product, record, fault };
    const privacy = standPrivacy({
      ...shared,
      clock: floored,
      dated: clock,
      control: given.control,
      state: stateNow,
      failedLogins: () => failedLogins,
    });
    let failedLogins = 0;
    let exposure: Standing | undefined;
    const updates =
      given.updates &&
      standBeside(given.updates, {
        record,
        anchors: channel.anchors,
        listen: (hear) => channel.listen('updates', hear),
        confirmed,
        now: running,
        health: () => ({
          apiUp: exposure !== undefined && app.server.listening,
          storeOpens: opens(store),
          controlTicks: (given.control?.ticks() ?? true) && (product.functions.healthy?.() ?? true),
        }),
        fault,
      });

    function heard(event: SecurityEvent): void {
      if (event.kind === 'login-failed') failedLogins++;
      if (event.kind === 'set-up-completed') {
        // The person gets the answer first; enrolment takes its own time.
        exposure?.enter(stateNow()).catch(fault);
        channel.initialised().catch(fault);
        updates?.initialised();
      }
      if (event.kind === 'enrolled') privacy.enrolled();
      if (event.kind === 'factory-reset') {
        exposure?.enter(stateNow()).catch(fault);
        updates?.reset();
      }
    }

    const asking = { clock: floored, dated: time, outbound, signer, integrity: own, management };
    const setupCheck = standSetupCheck({
      ...shared,
      ...asking,
      deviceId: bundle.deviceId,
      protection: given.protection,
      own: {
        'log-server': outward.checks,
        integrity: own.checks,
        hardware: hardware.checks,
        malware: scanner.checks,
        open: (language) => exposure?.checks(language) ?? [],
      },
    });
    closers.push(setupCheck.close);
    const panelKey = await signer.release('panel');
    const renewal = openRenewal({
      store,
      signer,
      clock,
      panelCertificate: panelKey.certificates[0] ?? '',
      usePanelKey: ({ key, certificates }) =>
        (app.server as unknown as TlsServer).setSecureContext({
          ...parts.tls(panelServiceOf(declaration)?.tls, clock.now()),
          key,
          cert: certificates.join('\n'),
        }),
      channel,
      renewed: (key) => record('key-renewed', { key }),
    });
    closers.push(renewal.idle);
    const context: PanelContext = {
      declaration,
      store: log.store,
      clock,
      floored,
      dated: time,
      timeSource: inTime.source,
      running,
      presence,
      ...(hashing ? { hashing } : {}),
      // no key: whoever draws says what it is for
      random: (bytes) => randomBytes(bytes),
      product: hardware.limiting(product.functions),
      initialPassword: bundle.initialPassword,
      identity: { serial: bundle.serial },
      ...(scanner.scan ? { scan: scanner.scan } : {}),
      connection: channel.isConnected,
      possession: signer.possession,
      management,
      privacy,
      protection: given.protection,
      keys: renewal,
      ...outward.forPanel,
      setupCheck,
      quarantine,
      integrity: own,
      tamper: hardware.tamper,
      ...(given.updates ? { updates: given.updates.updates } : {}),
      onReset: async () => {
        outbound.close();
        await management.reset();
        await setupCheck.forget();
        // G045 PH-2-1: who made it is told by the identity that it has, whatever else was destroyed
        if (!hardware.tamper.keepsConnection()) await channel.reset();
        product.reset();
        outward.end();
        hardware.again();
        failedLogins = 0;
        // A new store key: what the panel and the channel erased stays unreadable in any copy.
        store.erase([PRODUCT_SETTINGS]);
      },
      parts,
      https: { key: panelKey.key, cert: panelKey.certificates.join('\n') },
      hosts: ['device.local', 'localhost', '127.0.0.1', '::1'],
      eraseRooms: [PRODUCT_SETTINGS, EVENT_LOG],
      onFault: fault,
    };
    const app: FastifyInstance = wiping(panelKey.key, () => buildPanel(context));
    closers.push(() => app.close());
    for (const surface of given.surfaces ?? []) surface(app);
    await app.ready();

    const opened = standExposed({
      declaration,
      listen: given.listen ?? listen,
      panel: app.server,
      outbound,
      record,
      oversight: given.oversight,
      wall: given.wall,
      decide: parts.exposure,
      fault,
    });
    exposure = opened;
    closers.push(opened.close);
    await hardware.early();
    await opened.enter(stateNow());
    closers.push(opened.watch());
    if (parts.extraListeners) closers.push(await parts.extraListeners(context));
    record('device-started', { softwareVersion: declaration.product.softwareVersion });
    hardware.begin();
    standInQuarantine(quarantine, {
      store,
      record,
      changed: () => {
        outbound.close();
        opened.enter(stateNow()).catch(fault);
      },
    });
    await log.seal();
    await privacy.start();
    await channel.start(isSetUp() || (hardware.tamper.alarms().length > 0 && (await signer.status()).enrolled));
    channel.watchClock();
    await management.start();
    if (isSetUp()) updates?.initialised();
    if (updates) closers.push(every(HEALTH_EVERY_MILLIS, updates.feel, fault));

    closers.push(
      privacy.begin(),
      every(AGES_EVERY, renewal.renewDue, fault),
      every(OBSERVE_EVERY, channel.watchClock, fault),
      every(MANAGEMENT_EVERY, management.tick, fault),
      every(LOG_EVERY, log.look, fault),
    );
    return {
      listen: opened.listen(),
      state: stateNow,
      isConnected: channel.isConnected,
      events: (limit) => log.store.events(limit),
      press: presence.pressed,
      keys: renewal,
      stop: closeAll,
    };
  } catch (thrown) {
    await closeAll();
    throw thrown;
  }
};
