import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { installFactoryBundle, prepareDevice, startDeviceInProcess, type RunningDevice } from '@hearthward/device';
import hubDeclaration from '@hearthward/example-hub';
import { hub } from '@hearthward/example-hub/hub';
import type { Declaration } from '@hearthward/product';
import { startServices, type Services } from '@hearthward/services';
import { HASHING, UNIT_ADDRESS } from '../src/line.ts';
import { inventPassword, setUpAsAPerson } from '../src/person.ts';

/** Hubs that tell something every second, so that a message that is lost is seen. */
const declaration: Declaration = {
  ...hubDeclaration,
  telemetryData: hubDeclaration.telemetryData.map((field) => ({ ...field, everySeconds: 1 })),
};

export interface Member {
  readonly deviceId: string;
  readonly dataDir: string;
  readonly ownerPassword: string;
  running: RunningDevice;
  readonly start: () => Promise<void>;
}
export interface Fleet {
  readonly services: Services;
  /** folder of the manufacturer's keys, as a ceremony opens it */
  readonly authority: string;
  readonly servicesDir: string;
  readonly members: readonly Member[];
  /** sequence numbers that the services have of a device, telemetry and events alike, in order */
  readonly received: (deviceId: string) => Promise<readonly number[]>;
  /** what speaks for a lost message: reports that are missing in their chain, and numbers that no seal can have had */
  readonly lost: (deviceId: string) => Promise<readonly string[]>;
  readonly stop: () => Promise<void>;
}

/** Services and `size` devices, each set up by a person and connected. */
export async function startFleet(size: number): Promise<Fleet> {
  const dir = mkdtempSync(join(tmpdir(), 'fleet-'));
  const anywhere = { address: '127.0.0.1', port: 0 };
  const services = await startServices({
    dataDir: join(dir, 'services'),
    declarations: [declaration],
    listen: { https: anywhere, enrolment: anywhere, mqtts: anywhere },
  });
  // words about people have numbers of their device too, and are carried out, not kept
  const words = new Map<string, number>();
  const { privacy } = services;
  const hear = privacy.hear;
  Object.assign(privacy, {
    hear: async (...heard: Parameters<typeof hear>) => {
      const answer = await hear(...heard);
      words.set(heard[0], (words.get(heard[0]) ?? 0) + 1);
      return answer;
    },
  });
  const members: Member[] = [];
  for (let index = 0; index < size; index++) members.push(await joined(services, join(dir, `${index}`), index));
  for (const { running } of members) await until(() => running.isConnected());
  const received = async (deviceId: string): Promise<readonly number[]> => {
    const { db } = services.store;
    const told = await db.selectFrom('telemetry').select('seq').where('device_id', '=', deviceId).execute();
    const events = db.selectFrom('events').select('seq').where('device_id', '=', deviceId);
    const heard = await events.where('source', '=', 'device').execute();
    const sealed: { readonly seq: number }[] = [];
    const wanted = { productId: declaration.product.id, items: declaration.personalData.map(({ id }) => id), since: 0 };
    const { data, vault } = services.privacy;
    for await (const row of data.of(vault.subjectsFrom(deviceId), wanted)) sealed.push(row);
    return [...new Set([...told, ...heard, ...sealed].map(({ seq }) => Number(seq)))].sort((one, other) => one - other);
  };
  return {
    services,
    authority: join(dir, 'services', 'authority'),
    servicesDir: join(dir, 'services'),
    members,
    lost: async (deviceId) => {
      const seen = new Set(await received(deviceId));
      const last = Math.max(-1, ...seen);
      // a seal of the reports has a number too, and is judged and not kept: it comes after a report, never twice in a row
      const missing = Array.from({ length: last }, (_, n) => n).filter((n) => !seen.has(n));
      const unexplained = missing.filter((n) => n === 0 || !seen.has(n - 1)).slice(words.get(deviceId) ?? 0);
      const log = await services.store.db
        .selectFrom('device_logs')
        .selectAll()
        .where('device_id', '=', deviceId)
        .executeTakeFirst();
      const { gaps = [] } = JSON.parse(log?.state ?? '{}') as { readonly gaps?: readonly unknown[] };
      return [
        ...unexplained.map((n) => `message ${n}`),
        ...gaps.map(() => 'a report'),
        ...Object.keys(JSON.parse(log?.doubts ?? '{}') as object),
      ];
    },
    received,
    stop: async () => {
      for (const { running } of members) await running.stop();
      await services.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

async function joined(services: Services, dataDir: string, index: number): Promise<Member> {
  const listen = { panel: { address: UNIT_ADDRESS, port: 0 } };
  const number = String(index).padStart(2, '0');
  const request = await prepareDevice({
    dataDir,
    declaration,
    serial: `FL00000000${number}`,
    mac: `02:00:00:00:01:${number}`,
  });
  const made = await services.factory.makeDevice(request, { operator: 'testbed', batch: 'fleet' });
  if (!made.ok) throw new Error(`the factory refused: ${made.because}`);
  await installFactoryBundle({ dataDir, bundle: made.bundle, listen, hashing: HASHING });
  const started = () => startDeviceInProcess({ declaration, product: hub, dataDir, listen, draw: () => 0 });
  const running = await started();
  const ownerPassword = inventPassword();
  await setUpAsAPerson({
    url: panelOf(running),
    fingerprint: made.label.fingerprint,
    labelPassword: made.label.password,
    newPassword: ownerPassword,
    deviceName: `Hub ${index}`,
  });
  const member: Member = {
    deviceId: made.bundle.deviceId,
    dataDir,
    ownerPassword,
    running,
    async start() {
      member.running = await started();
    },
  };
  return member;
}

export const panelOf = ({ listen }: RunningDevice): string => `https://${UNIT_ADDRESS}:${listen['panel']?.port}`;

export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await pause(50);
}
