import type { Probe } from '../model.ts';
import type { Declaration } from '@hearthward/product';
import type { Target } from '../target.ts';
import { DEFAULT_PATIENCE_SECONDS, type Budget } from './budget.ts';
import { createFiles } from './files.ts';
import { createLaboratory, createManufacturer } from './manufacturer/asked.ts';
import { WAITS, type ClientIdentity, type Hand, type ResolvedEndpoint, type Waits } from './wire/hand.ts';
import { createEnrolment } from './wire/enrolment.ts';
import { createImpostor, type Redirect } from './impostor/impostor.ts';
import { createRenewable } from './renewable.ts';
import { createHttp } from './wire/http.ts';
import { createLogin } from './login/login.ts';
import { createMqtt } from './wire/mqtt.ts';
import { createPorts } from './wire/ports.ts';
import type { Redactor } from './redaction/redact.ts';
import { createSystem } from './system/system.ts';
import { createTls } from './wire/tls.ts';

/** What the probes of one run share: connections, the session for reading, the budget. */
export interface Instruments {
  readonly probeFor: (record: Probe['record']) => Probe;
  readonly hand: Hand;
  readonly close: () => void;
}

export interface InstrumentOptions {
  readonly declaration: Declaration;
  readonly target: Target;
  readonly endpoints: ReadonlyMap<string, ResolvedEndpoint>;
  readonly clientIdentity?: ClientIdentity;
  readonly forRenewal?: ClientIdentity;
  /** a path of the target file as one of this machine */
  readonly resolve: (path: string) => string;
  /** address of the target file as the IP address that it resolved to */
  readonly addressOf: (address: string) => string;
  readonly budget: Budget;
  readonly redactor: Redactor;
  readonly keep: (bytes: Uint8Array | string) => string;
  readonly clock: Probe['clock'];
  readonly waits?: Waits;
}

export function createInstruments(options: InstrumentOptions): Instruments {
  const named = options.target.clientIdentity?.forRenewal;
  const hand: Hand = {
    endpoint: (service) => options.endpoints.get(service),
    clientIdentity: options.clientIdentity,
    ...(options.forRenewal === undefined || named === undefined
      ? {}
      : { renewable: createRenewable(options.forRenewal, named, options.resolve) }),
    budget: options.budget,
    redactor: options.redactor,
    keep: options.keep,
    waits: options.waits ?? WAITS,
  };
  const http = createHttp(hand);
  const mqtt = createMqtt(hand);
  const { declaration, target, clock } = options;
  const impostor = createImpostor(hand, redirectsOf(options));
  const shared = {
    declaration,
    target,
    keep: options.keep,
    secret: options.redactor.secret,
    http: { request: http.request, plain: http.plain },
    tls: createTls(hand),
    ports: createPorts(hand, options.addressOf),
    mqtt: { connect: mqtt.connect },
    enrolment: createEnrolment(hand, http),
    impostor: { standIn: impostor.standIn, masks: impostor.masks },
    manufacturer: createManufacturer(target, options.resolve, options.budget),
    laboratory: createLaboratory(target, options.resolve, options.budget),
    login: createLogin({ declaration, target, hand, http, mqtt, clock }),
    files: createFiles(target, options.resolve),
    system: createSystem(target, options.resolve),
    clock: {
      now: clock.now,
      wait: async (ms: number) => {
        const stopped = options.budget.stopped();
        if (stopped !== undefined) throw stopped;
        await clock.wait(ms);
      },
    },
    patienceSeconds: target.limits?.patienceSeconds ?? DEFAULT_PATIENCE_SECONDS,
  };
  return {
    hand,
    probeFor: (record) => ({ ...shared, record }),
    close: () => {
      http.close();
      mqtt.close();
      impostor.close();
    },
  };
}

const redirectsOf = ({ target, addressOf }: InstrumentOptions): ReadonlyMap<string, Redirect> =>
  new Map(
    Object.entries(target.redirects ?? {}).map(([id, { dialled, here }]) => [
      id,
      {
        dialled: { ...dialled, address: addressOf(dialled.address) },
        here: { ...here, address: addressOf(here.address) },
      },
    ]),
  );
