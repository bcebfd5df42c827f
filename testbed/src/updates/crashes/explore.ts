import type { Offer, Release } from '@hearthward/protocol';
import type { Choice, Installed, OfferedRelease, SlotName, UpdateEvent } from '@hearthward/device/updates';
import {
  booted,
  broken,
  crashed,
  hear,
  hearLater,
  later,
  looked,
  madeWorld,
  moved,
  moveOf,
  recordOf,
  stagingMove,
  withContent,
  worldKey,
  type Task,
  type World,
} from './world.ts';

/**
 * Every world that an adversary can bring a device into: who cuts the power at any point, decays records, answers the
 * check with any offer, spoils what is fetched, and makes any release fail; with people who agree, postpone and change
 * their mind at any time. Breadth first, until nothing new is found.
 */
export interface Explored {
  readonly worlds: number;
  readonly steps: number;
  /** phases that were met */
  readonly phases: ReadonlySet<string>;
}

const image = (number: number, securityVersion: number): Installed => ({
  digest: `r${number}`,
  number,
  securityVersion,
});
const FIRST = image(1, 1);
const GOOD = [image(2, 2), image(3, 3)];
/** Signed, and nothing for this device: older, below the floor, for another model, of another product. */
const REFUSED = [image(1, 1), image(8, 0), image(9, 3), image(10, 3)];
export const IMAGES = new Map([FIRST, ...GOOD].map((each) => [each.digest, each]));
const DEVICE = { product: 'hub', model: 'H1', deviceId: 'one', slotBytes: 1000 } as const;
const AUTOMATIC: Choice = { automatic: { security: true, feature: true }, notices: { security: true, feature: true } };
const BY_HAND: Choice = { ...AUTOMATIC, automatic: { security: false, feature: true } };

export const explore = (most: number, found: (world: World, how: string) => void): Explored => {
  const seen = new Set<string>();
  const phases = new Set<string>();
  let steps = 0;
  let frontier: World[] = [madeWorld(FIRST)];
  while (frontier.length > 0) {
    const next: World[] = [];
    for (const world of frontier) {
      for (const [how, after] of movesFrom(world)) {
        steps += 1;
        const wrong = after === null ? 'nothing can be started' : broken(after, IMAGES);
        if (wrong !== undefined)
          throw new Error(`${wrong}, after: ${how}\n${after ? worldKey(after) : worldKey(world)}`);
        if (after === null) continue;
        const key = worldKey(after);
        if (seen.has(key)) continue;
        seen.add(key);
        if (seen.size > most) throw new Error(`more than ${most} worlds`);
        phases.add(after.machine.phase);
        found(after, how);
        next.push(after);
      }
    }
    frontier = next;
  }
  return { worlds: seen.size, steps, phases };
};

/** Whatever can happen next: what the device does, and what is done to it. */
function* movesFrom(world: World): Generator<readonly [how: string, after: World | null]> {
  if (!world.running) {
    yield ['start', booted(world, IMAGES)];
    yield ['power cut while the start is counted', booted(world, IMAGES, true)];
    return;
  }
  yield ['power cut', crashed(world)];
  const [task, ...rest] = world.queue;
  if (task) {
    yield* carriedOut({ ...world, queue: rest }, task, world.running);
    return;
  }
  yield ['time passes', hear(later(world), { kind: 'ticked' })];
  for (const event of eventsAt(world)) yield [event.kind, hear(world, event)];
  if (world.beside.includes('fetch')) {
    const rested = { ...world, beside: world.beside.filter((each) => each !== 'fetch') };
    for (const event of fetches(world)) yield [event.kind, hear(rested, event)];
  }
  if (world.beside.includes('health')) {
    const rested = { ...world, beside: world.beside.filter((each) => each !== 'health') };
    yield ['healthy', hear(rested, { kind: 'health', ...FINE })];
    yield ['unhealthy', hear(rested, { kind: 'health', ...FINE, controlTicks: false })];
  }
  yield ['the first record decays', { ...crashed(world), records: [null, world.records[1]] }];
  yield ['the second record decays', { ...crashed(world), records: [world.records[0], null] }];
  yield ['both records decay', { ...crashed(world), records: [null, null] }];
}

const FINE = { apiUp: true, storeOpens: true, controlTicks: true } as const;

/** What people do, and an orderly stop. */
function* eventsAt({ machine }: World): Generator<UpdateEvent> {
  if (machine.candidate) yield { kind: 'agreed', digest: machine.candidate.image.digest };
  if (machine.candidate) yield { kind: 'postponed', until: Number.MAX_SAFE_INTEGER };
  if (machine.candidate) yield { kind: 'chose', choice: machine.choice.automatic.security ? BY_HAND : AUTOMATIC };
  if (machine.quarantinedAt !== null) yield { kind: 'cleared' };
  if (machine.phase === 'trial') yield { kind: 'stopping' };
}

function* fetches({ machine }: World): Generator<UpdateEvent> {
  if (!machine.candidate) return;
  const { digest } = machine.candidate.image;
  yield { kind: 'fetched', digest };
  yield { kind: 'step-failed', digest, because: 'bytes-corrupt' };
  yield { kind: 'step-failed', digest, because: 'image-refused' };
}

/** One task of the room, with every way in which it may end. */
export function* carriedOut(
  world: World,
  task: Task,
  running: SlotName,
): Generator<readonly [how: string, after: World | null]> {
  if ('event' in task) {
    yield [task.event.kind, hear(world, task.event)];
    return;
  }
  if ('staging' in task) {
    yield* stagingStep(world, task, running);
    return;
  }
  const { effect } = task;
  const change = moveOf(world, effect, running);
  if (change) {
    const done = moved(world, effect.kind, change);
    const answers = effect.kind === 'arm' || effect.kind === 'confirm' || effect.kind === 'rollback';
    yield [effect.kind, answers && done.queue.length === world.queue.length ? looked(done) : done];
    yield [`power cut during ${effect.kind}`, crashed(moved(world, effect.kind, change, true))];
    return;
  }
  switch (effect.kind) {
    case 'look':
      yield ['look', looked(world)];
      return;
    case 'check':
      yield ['nobody answers', hear(world, { kind: 'check-failed', because: 'unreachable' })];
      for (const offers of ANSWERS) yield ['offers', hearLater(world, offersOf(offers))];
      return;
    case 'fetch-image':
      yield ['fetch', besides(world, 'fetch')];
      return;
    case 'watch-health':
      yield ['watch', besides(world, 'health')];
      return;
    case 'stop-fetch':
      yield ['stop', { ...world, beside: world.beside.filter((each) => each !== 'fetch') }];
      return;
    case 'verify-image': {
      const { digest } = effect.candidate.image;
      yield ['verified', hearLater(world, { kind: 'verified', digest })];
      yield ['not verified', hearLater(world, { kind: 'step-failed', digest, because: 'bytes-corrupt' })];
      return;
    }
    case 'stage': {
      const steps = (['empty', 'write', 'name'] as const).map((staging) => ({
        staging,
        image: effect.candidate.image,
      }));
      yield ['stage', { ...world, queue: [...steps, ...world.queue] }];
      return;
    }
    case 'restart':
      yield ['restart', booted(crashed(world), IMAGES)];
      return;
    default:
      throw new Error(`nobody carries out ${effect.kind}`);
  }
}

function* stagingStep(
  world: World,
  task: Extract<Task, { staging: string }>,
  running: SlotName,
): Generator<readonly [string, World]> {
  const { image, staging } = task;
  const failed = (because: 'fault' | 'bytes-corrupt' | 'not-allowed'): World =>
    hearLater(
      { ...world, queue: world.queue.filter((each) => !('staging' in each)) },
      { kind: 'step-failed', digest: image.digest, because },
    );
  if (staging === 'write') {
    yield ['half written', crashed(withContent(world, null))];
    yield ['spoilt', { ...failed('bytes-corrupt'), contents: withContent(world, null).contents }];
    yield ['written', withContent(world, image.digest)];
    return;
  }
  const record = recordOf(world);
  const change = stagingMove(task, running);
  if (!record || !change(record).ok) {
    yield ['not allowed', failed('not-allowed')];
    return;
  }
  const done = moved(world, 'stage', change);
  yield [staging, staging === 'name' ? looked(done) : done];
  yield [`power cut while the slot is said to be ${staging}`, crashed(moved(world, 'stage', change, true))];
}

const besides = (world: World, what: 'fetch' | 'health'): World =>
  world.beside.includes(what) ? world : { ...world, beside: [...world.beside, what].sort() };

const offerOf = (each: Installed, state: Offer['state'] = 'offered'): OfferedRelease => {
  const target = { path: `hub/releases/${each.number}`, sha256: each.digest, length: 1 };
  const release = {
    ...EMPTY_RELEASE,
    number: each.number,
    securityVersion: each.securityVersion,
    models: [each.number === 9 ? 'H2' : 'H1'],
    product: each.number === 10 ? 'camera' : 'hub',
  };
  const offer: Offer = {
    version: '1.0.0',
    number: each.number,
    image: target.path,
    state,
    salt: '0'.repeat(32),
    below: 10_000,
    members: [],
    jitterSeconds: 30,
  };
  return { offer, release, target };
};
const EMPTY_RELEASE: Omit<Release, 'number' | 'securityVersion' | 'models' | 'product'> = {
  v: 1,
  version: '1.0.0',
  kind: 'security',
  summary: { en: 'x' },
  risksRemoved: [],
  downtimeSeconds: 5,
  keepsWorking: [],
  unpackedBytes: 1,
  pack: '',
  deltas: [],
  sbom: '',
  provenance: '',
};
const ANSWERS: readonly (readonly OfferedRelease[])[] = [
  [],
  REFUSED.map((each) => offerOf(each)),
  ...GOOD.map((each) => [offerOf(each)]),
  GOOD.map((each) => offerOf(each, 'halted')),
];
const offersOf = (offers: readonly OfferedRelease[]): UpdateEvent => ({
  kind: 'offers',
  offers,
  device: DEVICE,
  random: 0.5,
});

/**
 * What a world that means well does next: everything succeeds, the newest is offered, the owner agrees. Undefined where
 * the device has what it can have.
 */
export const healthyStep = (world: World): World | undefined => {
  if (!world.running) return booted(world, IMAGES) ?? undefined;
  const [task, ...rest] = world.queue;
  if (task && 'effect' in task && task.effect.kind === 'check') {
    return hearLater({ ...world, queue: rest }, offersOf(GOOD.map((each) => offerOf(each))));
  }
  if (task) {
    const wanted = [...carriedOut({ ...world, queue: rest }, task, world.running)];
    const [, after] = wanted.find(([how]) => how === 'written') ?? wanted[0] ?? [];
    return after ?? undefined;
  }
  const { machine } = world;
  if (world.beside.includes('health')) {
    return hear({ ...world, beside: [] }, { kind: 'health', ...FINE });
  }
  if (world.beside.includes('fetch') && machine.candidate) {
    const rested = { ...world, beside: [] };
    return hear(rested, { kind: 'fetched', digest: machine.candidate.image.digest });
  }
  if (hasAll(world)) return undefined;
  if (machine.quarantinedAt !== null) return hear(world, { kind: 'cleared' });
  if (machine.candidate && machine.phase === 'offered') {
    return hear(world, { kind: 'agreed', digest: machine.candidate.image.digest });
  }
  return hear(later(world), { kind: 'ticked' });
};

/** Runs the newest of the releases that have not failed here, and is at rest. */
const hasAll = ({ machine, running, contents, queue }: World): boolean => {
  const rests =
    machine.phase === 'confirmed' ||
    machine.phase === 'idle' ||
    machine.phase === 'rolled-back' ||
    machine.phase === 'rejected';
  const wanted = [...GOOD].reverse().find(({ digest }) => !machine.failed.some((each) => each.digest === digest));
  const number = IMAGES.get((running && contents[running]) ?? '')?.number ?? 0;
  return rests && queue.length === 0 && number >= (wanted?.number ?? 0);
};
