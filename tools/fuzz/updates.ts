import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { DIGESTS, isOffered, readSignatures, SIGNATURE_FORMATS } from '@hearthward/protocol';
import { HostileRepository, signed } from '@hearthward/testbed/updates';
import { checkOffers } from '../../device/src/updates/check.ts';
import { readEnvelope, writeEnvelope } from '../../device/src/updates/tuf/envelope.ts';
import { fileName, readMetadata } from '../../device/src/updates/tuf/metadata.ts';
import { covers } from '../../device/src/updates/tuf/search.ts';
import { trustRoot, updateRoot, updateTimestamp, type Update } from '../../device/src/updates/tuf/trusted.ts';
import type { UpdateMetadata } from '../../device/src/updates/tuf/client.ts';
import { readDoc, signedBytesOf } from '../../services/src/updates/repository/metadata.ts';
import { ServicesFault } from '../../services/src/faults.ts';
import type { FuzzTarget } from './driver.ts';

/** What a mirror or a proxy may put in the place of an update: nothing of it is believed that nobody signed. */
const NOW = Date.parse('2026-11-26T12:00:00Z');
const repository = new HostileRepository(NOW);
repository.delegate('targets', { name: 'app', paths: ['app/*'] });
repository.addTarget('app', 'app/a', Buffer.from('a'), { v: 1 });
repository.publish('app', 'root', 'targets', 'snapshot', 'timestamp');
const [root, timestamp, snapshot, targets, app] = ['root', 'timestamp', 'snapshot', 'targets', 'app'].map((role) =>
  repository.last(role),
) as [Buffer, Buffer, Buffer, Buffer, Buffer];
repository.publish('root');
const second = repository.last('root');

const trusted = trustRoot(root);
if (!trusted.ok) throw new Error('the repository of the targets is not believed');

/** What was signed of `bytes`, for comparison with what is believed. */
const signedIn = (bytes: Uint8Array): unknown => JSON.parse(Buffer.from(bytes).toString('utf8')).signed;
const mustBe = (update: Update, of: 'root' | 'timestamp', genuine: readonly Uint8Array[]): void => {
  const believed = update.ok ? update.set[of]?.signed : undefined;
  if (believed && !genuine.some((each) => isDeepStrictEqual(believed, signedIn(each))))
    throw new Error(`${of} was believed that nobody signed`);
};

/** In the place of the metadata’s own directory: each file as it is named. */
const whole = (bytes: Uint8Array) => ({
  length: bytes.length,
  hashes: { [DIGESTS.sha256.digest]: createHash(DIGESTS.sha256.digest).update(bytes).digest('hex') },
});
const OFFER = {
  version: '1.1.0',
  number: 2,
  image: 'hub/releases/1.1.0/image.json',
  state: 'offered',
  salt: '0'.repeat(32),
  below: 10_000,
  members: ['0'.repeat(32)],
  jitterSeconds: 60,
};
const RELEASE = {
  v: 1,
  product: 'hub',
  version: '1.1.0',
  number: 2,
  models: ['h1'],
  kind: 'security',
  securityVersion: 2,
  summary: { en: 'x' },
  risksRemoved: [{ id: 'CVE-2026-1', severity: 'low', risk: { en: 'x' } }],
  downtimeSeconds: 1,
  keepsWorking: [],
  unpackedBytes: 1,
  pack: 'p',
  deltas: [],
  sbom: 's',
  provenance: 'p',
};
const answering = (offers: Uint8Array, custom: unknown): UpdateMetadata => ({
  refresh: async () => ({
    ok: true,
    endsAt: NOW,
    envelope: async () => undefined,
    target: async (path) => {
      const file = path.endsWith('.json') && path.includes('/releases/') ? undefined : offers;
      const role = file ? 'hub-rollout' : 'hub';
      return { ok: true, target: { path, address: 'x', custom, role, ...whole(file ?? Buffer.from('x')) } };
    },
  }),
});
const offered = async (offers: Uint8Array, custom: unknown): Promise<void> => {
  const body = async function* () {
    yield offers;
  };
  const get = async () => ({ status: 200, headers: {}, body: body(), close: () => undefined });
  const checked = await checkOffers(answering(offers, custom), get, 'hub', new AbortController().signal);
  if (checked.ok) for (const { offer } of checked.offers) isOffered(offer, 'device');
};
const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

export const UPDATE_TARGETS: Readonly<Record<string, FuzzTarget>> = {
  'update-root': {
    seeds: [root, second],
    run: (bytes) => {
      mustBe(trustRoot(bytes), 'root', [root, second]);
      mustBe(updateRoot(trusted.set, bytes), 'root', [second]);
    },
  },
  'update-timestamp': {
    seeds: [timestamp],
    run: (bytes) => mustBe(updateTimestamp(trusted.set, bytes, NOW), 'timestamp', [timestamp]),
  },
  'update-snapshot': { seeds: [snapshot], run: (bytes) => void readMetadata('snapshot', 'snapshot', bytes) },
  'update-targets': {
    seeds: [targets, app, signed({ ...(signedIn(targets) as object), targets: {} }, [])],
    run: (bytes) => {
      const answer = readMetadata('targets', 'targets', bytes);
      for (const role of answer.ok ? (answer.read.signed.delegations?.roles ?? []) : []) {
        covers(role, 'app/releases/1.0.0/image.json');
        if (/[/\\\0]|^\.\.?$/.test(fileName(role.name))) throw new Error('a role whose file lies elsewhere');
      }
    },
  },
  'slot-envelope': {
    longest: 16_384,
    seeds: [writeEnvelope('app/a', [second], wayOf())],
    run: (bytes) => {
      if (readEnvelope(root, bytes)) throw new Error('an image was believed that is no release');
    },
  },
  'repository-metadata': {
    seeds: [root, targets, snapshot, timestamp],
    run: (bytes) => {
      for (const role of ['root', 'targets', 'snapshot', 'timestamp'])
        try {
          signedBytesOf(readDoc(role, bytes));
        } catch (error) {
          if (!(error instanceof ServicesFault && error.code === 'metadata-refused')) throw error;
        }
    },
  },
  'signature-set': {
    seeds: [
      Buffer.from('Hearthward.One:0:*:706c616e746564\nA.B:0:EOF-10,4:61??{2-3}(61|62):1:2\n'),
      Buffer.from(`${'0'.repeat(32)}:10:A.B\n${'0'.repeat(64)}:10:A.B:73\n`),
    ],
    run: (bytes) => {
      for (const format of SIGNATURE_FORMATS) {
        const read = readSignatures(format, bytes);
        const lines = Buffer.from(bytes).toString('latin1').split('\n').length - 1;
        if (read.ok && read.count !== lines) throw new Error('a line is lost');
      }
    },
  },
  'update-offers': {
    seeds: [json({ v: 1, product: 'hub', offers: [OFFER] }), json({ v: 1, product: 'hub', offers: [] })],
    run: (bytes) => offered(bytes, RELEASE),
  },
  'update-release': {
    seeds: [json(RELEASE)],
    run: async (bytes) => {
      const answer = readMetadata('targets', 'hub', metadataWith(bytes));
      const custom = answer.ok ? answer.read.signed.targets['x']?.custom : undefined;
      await offered(json({ v: 1, product: 'hub', offers: [OFFER] }), custom);
    },
  },
};

function wayOf() {
  const top = readMetadata('targets', 'targets', targets);
  const below = readMetadata('targets', 'app', app);
  if (!top.ok || !below.ok) throw new Error('the targets of the repository are not read');
  return [
    { role: 'targets', read: top.read },
    { role: 'app', read: below.read },
  ];
}

/** Targets metadata that says `custom` of one target, as bytes say it. */
function metadataWith(custom: Uint8Array): Buffer {
  const file = `{"length":1,"hashes":{"sha256":"${'0'.repeat(64)}"},"custom":`;
  return Buffer.concat([
    Buffer.from(
      `{"signatures":[],"signed":{"_type":"targets","spec_version":"1.0.34","version":1,"expires":"2030-01-01T00:00:00Z","targets":{"x":${file}`,
    ),
    custom,
    Buffer.from('}}}}'),
  ]);
}
