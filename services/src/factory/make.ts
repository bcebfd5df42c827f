import { randomBytes, X509Certificate } from 'node:crypto';
import type { Declaration } from '@hearthward/product';
import { type FactoryBundle, IdentityRequest, type Label } from '@hearthward/protocol';
import { Value } from 'typebox/value';
import { type Clock, iso } from '../clock.ts';
import type { Authority } from '../authority/authority.ts';
import { readRequest, type RequestRefusal } from '../authority/x509.ts';
import { audit } from '../operators/audit.ts';
import type { Query, Store } from '../store/open.ts';
import { type BatchRefusal, checkBatch } from './batch.ts';
import type { LabelMarks } from './marks.ts';
import { type Carrier, DEVICE_COST, makePassword, recordOf } from './passwords.ts';
import { batchCsv, drawSamples, SAMPLES_MOST, testGenerator } from './samples.ts';

/**
 * The factory station: gives new devices their identity, their trust and their labels, once. A device makes its keys
 * itself; the password is on the label alone, the device gets its argon2id record, and nothing here keeps either. A batch
 * is made whole or not at all.
 */
export interface Factory {
  readonly makeDevice: (request: unknown, station: Station) => Promise<Made>;
  readonly makeBatch: (requests: readonly unknown[], station: Station) => Promise<BatchMade>;
  /** labels of a batch that is never sold, for assessors: CSV with serial, mac and password */
  readonly samplePasswords: (count: number) => Promise<string>;
}
export interface Station {
  readonly operator: string;
  readonly batch: string;
  /** the panel's address as the label prints it; by default the product's name in the local network */
  readonly address?: string;
}
export interface MadeDevice {
  readonly bundle: FactoryBundle;
  readonly label: Label;
}
export type Made = (MadeDevice & { readonly ok: true }) | NotMade;
export type BatchMade = { readonly ok: true; readonly devices: readonly MadeDevice[] } | NotMade;
export interface NotMade {
  readonly ok: false;
  readonly code: MakeRefusal;
  readonly because: string;
}
export type MakeRefusal =
  | RequestRefusal
  | BatchRefusal['code']
  | 'password-used-before'
  | 'generator-faulty'
  | 'request-invalid'
  | 'product-unknown'
  | 'panel-certificate-unreadable'
  | 'serial-already-made';

export interface FactoryParts {
  readonly store: Store;
  readonly authority: Authority;
  readonly clock: Clock;
  readonly declarations: readonly Declaration[];
  readonly services: () => FactoryBundle['services'];
  /** public half of the operators' key, PEM */
  readonly managementKey: string;
  /** text of the root that releases are believed by; undefined where no repository was begun */
  readonly updatesRoot: () => string | undefined;
  readonly marks: LabelMarks;
  /** gives that many random bytes; by default the system's */
  readonly random?: (bytes: number) => Uint8Array;
}

export function openFactory(given: FactoryParts): Factory {
  let tried: ReturnType<typeof testGenerator> | 'not yet' = 'not yet';
  const faulty = () => (tried === 'not yet' ? (tried = testGenerator(given.random)) : tried);
  const parts: Line = { ...given, faulty };
  return {
    makeDevice: async (request, station) => {
      const made = await makeBatch(parts, [request], station);
      const [device] = made.ok ? made.devices : [];
      if (device) return { ok: true, ...device };
      return made.ok ? refuse('batch-empty', 'nothing was made') : made;
    },
    makeBatch: (requests, station) => makeBatch(parts, requests, station),
    samplePasswords: (count) => samplePasswords(parts, count),
  };
}

interface Line extends FactoryParts {
  /** what is wrong with the generator, found out once */
  readonly faulty: () => BatchRefusal | undefined;
}

async function makeBatch(parts: Line, hostile: readonly unknown[], station: Station): Promise<BatchMade> {
  const orders: Order[] = [];
  for (const request of hostile) {
    const order = await readOrder(parts, request);
    if (!order.ok) return order;
    orders.push(order);
  }
  // a batch of a few says little of the generator behind it, so the generator shows itself first
  const faulty = parts.faulty();
  if (faulty) return refuse('generator-faulty', faulty.because);
  const labelled = orders.map(({ serial, mac }) => ({
    serial,
    mac,
    password: makePassword({ serial, mac }, parts.random),
  }));
  const mistake = checkBatch(labelled);
  if (mistake) return { ok: false, ...mistake };

  const devices: MadeDevice[] = [];
  const rows: DeviceRows[] = [];
  for (const [index, order] of orders.entries()) {
    const { device, row } = await makeOne(parts, order, labelled[index]?.password ?? '', station);
    devices.push(device);
    rows.push(row);
  }
  const refused = await parts.store.transaction((tx) => keep(tx, parts, rows, labelled, station));
  return refused ?? { ok: true, devices };
}

interface Order extends Carrier {
  readonly ok: true;
  readonly declaration: Declaration;
  /** SHA-256 of the panel's certificate, lower-case hex */
  readonly fingerprint: string;
  readonly publicKey: CryptoKey;
}

async function readOrder({ store, declarations, clock }: FactoryParts, hostile: unknown): Promise<Order | NotMade> {
  if (!Value.Check(IdentityRequest, hostile)) return refuse('request-invalid', 'the request does not hold its schema');
  const { serial, mac, productId } = hostile;
  const declaration = declarations.find(({ product }) => product.id === productId);
  if (!declaration) return refuse('product-unknown', `no product ${productId} is declared here`);
  const fingerprint = fingerprintOf(hostile.panelCertificate);
  if (!fingerprint) return refuse('panel-certificate-unreadable', 'the panel’s certificate cannot be read');
  const csr = await readRequest(hostile.csr, clock.now());
  if (!csr.ok) return csr;
  if (await isMade(store.db, serial)) return alreadyMade(serial);
  return { ok: true, serial, mac, declaration, fingerprint, publicKey: csr.publicKey };
}

type DeviceRows = Awaited<ReturnType<typeof makeOne>>['row'];

async function makeOne(parts: FactoryParts, order: Order, password: string, station: Station) {
  const { authority, clock } = parts;
  const { serial, mac, declaration, fingerprint } = order;
  // EN 303 645 5.6-2: the name that the network sees says nothing of serial, model or time
  // no key: a name
  const deviceId = randomBytes(DEVICE_ID_BYTES).toString('hex');
  const identity = await authority.issueInitial(order.publicKey, deviceId, serial);
  const initialPassword = await recordOf(password, DEVICE_COST);
  const root = parts.updatesRoot();
  const { id: productId, model } = declaration.product;
  const device: MadeDevice = {
    bundle: {
      v: 1,
      deviceId,
      serial,
      initialIdentity: [...identity.chainPem],
      anchors: [...authority.anchors()],
      initialPassword,
      services: parts.services(),
      madeAt: iso(clock.now()),
      managementKey: parts.managementKey,
      ...(root === undefined ? {} : { updates: { root } }),
    },
    label: {
      model: model.designation,
      serial,
      password,
      fingerprint,
      address: station.address ?? addressOf(declaration),
    },
  };
  return { device, row: { deviceId, productId, serial, mac, fingerprint, identity } };
}

/** All of a batch in one transaction. */
async function keep(
  tx: Query,
  { clock, marks }: FactoryParts,
  rows: readonly DeviceRows[],
  labelled: readonly { readonly serial: string; readonly password: string }[],
  station: Station,
): Promise<NotMade | undefined> {
  const now = clock.now();
  // EN 303 645 5.4-2, G045 AU-3-1: one identity per serial; a second device with the same one is a copy
  for (const { serial } of rows) if (await isMade(tx, serial)) return alreadyMade(serial);
  // EN 303 645 5.1-1, G044 6.1-a, G045 AU-1-4: also not the password of a label of any earlier batch
  const repeated = await marks.keep(tx, labelled);
  if (repeated) return refuse('password-used-before', `the password of ${repeated} is on an earlier label`);
  for (const { deviceId, productId, serial, mac, fingerprint, identity } of rows) {
    await tx
      .insertInto('devices')
      .values({
        device_id: deviceId,
        product_id: productId,
        serial,
        mac,
        batch: station.batch,
        fingerprint,
        made_at: now,
        epoch: 0,
        enrolled_at: null,
        revoked_at: null,
        held_at: null,
        held_because: null,
        cleared_at: null,
      })
      .execute();
    await tx.insertInto('device_state').values({ device_id: deviceId, connected: 0, last_seen: null }).execute();
    await tx
      .insertInto('certificates')
      .values({
        serial: identity.serial,
        device_id: deviceId,
        kind: 'initial',
        status: 'live',
        not_before: identity.notBefore,
        not_after: identity.notAfter,
        fingerprint: identity.fingerprint,
        issuer: identity.issuer,
        ended_at: null,
        reason: null,
      })
      .execute();
    await audit(tx, now, {
      actor: station.operator,
      action: 'device-made',
      subject: deviceId,
      detail: { serial, batch: station.batch },
    });
  }
}

/** 80 bits: two devices get the same with a chance of 1 in 10^12 after a million devices */
const DEVICE_ID_BYTES = 10;

const refuse = (code: MakeRefusal, because: string): NotMade => ({ ok: false, code, because });
const alreadyMade = (serial: string) => refuse('serial-already-made', `a device with serial ${serial} was made before`);

async function isMade(query: Query, serial: string): Promise<boolean> {
  const row = await query.selectFrom('devices').select('device_id').where('serial', '=', serial).executeTakeFirst();
  return row !== undefined;
}

function fingerprintOf(pem: string): string | undefined {
  try {
    return new X509Certificate(pem).fingerprint256.replaceAll(':', '').toLowerCase();
  } catch {
    return undefined;
  }
}

function addressOf({ product, softwareServices }: Declaration): string {
  const port = softwareServices.find(({ protocol }) => protocol === 'https')?.port ?? HTTPS_PORT;
  return `https://${product.id}.local${port === HTTPS_PORT ? '' : `:${port}`}`;
}
const HTTPS_PORT = 443;

// EN 303 645 5.1-2: what an assessor's statistics need, made by the same code as every label
async function samplePasswords({ store, clock, random }: FactoryParts, count: number): Promise<string> {
  const samples = drawSamples(Math.min(Math.max(Math.trunc(count) || 0, 0), SAMPLES_MOST), random);
  await audit(store.db, clock.now(), {
    actor: 'factory',
    action: 'samples-made',
    subject: 'labels',
    detail: { count: samples.length },
  });
  return batchCsv(samples);
}
