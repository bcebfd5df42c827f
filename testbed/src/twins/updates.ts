import { basename, dirname } from 'node:path';
import { updatesWith } from '@hearthward/device/updates';
import { DIGESTS, rolesOf } from '@hearthward/protocol';
import type { DeviceParts } from '@hearthward/device';
import type { Declaration } from '@hearthward/product';
import type { Topic } from '@hearthward/standards';
import type { Twin } from '../twin.ts';
import { part } from './access.ts';

/** Faults of updates: what is installed, when, by whom, and who is told. */

/** A page with something taken out of it. */
const page =
  (alter: (html: string) => string) =>
  (good: DeviceParts): Partial<DeviceParts> => ({
    pages: { ...good.pages, updatesPage: (view) => alter(good.pages.updatesPage(view)) },
  });
const faulty = (name: string, topic: Topic, fault: string, parts: (good: DeviceParts) => Partial<DeviceParts>): Twin =>
  part(name, topic, topic, fault, parts);

export const UPDATE_TWINS: readonly Twin[] = [
  faulty('never-looks-for-updates', 'update-check', 'it never asks whether there are updates', (good) => ({
    updates: (state, event, now) =>
      event.kind === 'initialised' || event.kind === 'check-asked'
        ? { state, effects: [] }
        : good.updates(state, event, now),
  })),
  faulty('cannot-be-pressed', 'update-simple', 'the button that installs leads to an error', () => ({
    extend: (app) =>
      void app.addHook('preHandler', async (request, reply) => {
        if (request.url === '/updates/apply') await reply.code(500).send('no');
      }),
  })),
  faulty('waits-for-somebody', 'update-automatic', 'nothing that is offered is installed by itself', (good) => ({
    updates: (state, event, now) => {
      const step = good.updates(byHand(state), event, now);
      // and the page goes on saying that it is
      return event.kind === 'chose' ? step : { ...step, state: { ...step.state, choice: state.choice } };
    },
  })),
  faulty(
    'names-no-risk',
    'update-information',
    'people are not told which risks go away with an update',
    page((html) => html.replace(/<ul class="ticks" id="update_risks">[^]*?<\/ul>/, '')),
  ),
  faulty(
    'names-no-downtime',
    'update-disruption',
    'people are not told for how long the device is away',
    page((html) => html.replace(/<span id="update_downtime"[^]*?<\/span\s*>/, '')),
  ),
  faulty(
    'installs-for-anybody-inside',
    'update-authorisation',
    'whoever has a session installs, whatever password they give',
    (good) => ({
      verifyPassword: async (record, given) =>
        (await good.verifyPassword(record, given)) || Buffer.from(given).includes('hwq'),
    }),
  ),
  faulty('installs-what-is-older', 'update-mechanism', 'it installs whatever is offered, older releases too', () => ({
    updates: updatesWith(() => undefined),
  })),
  faulty('keeps-its-own-choice', 'update-control', 'what people choose is not kept', (good) => ({
    updates: (state, event, now) => (event.kind === 'chose' ? { state, effects: [] } : good.updates(state, event, now)),
  })),
  faulty('stays-with-what-is-sick', 'update-rollback', 'a release that does not come up is kept', (good) => ({
    updates: (state, event, now) =>
      good.updates(
        state,
        event.kind === 'health' ? { ...event, apiUp: true, storeOpens: true, controlTicks: true } : event,
        now,
      ),
  })),
  faulty(
    'believes-whoever-times',
    'update-trust',
    'it installs what only the keys name that are online, and may name no release',
    believingTheRollout,
  ),
  faulty(
    'installs-what-nobody-signed',
    'update-authenticity',
    'it installs what nobody has signed who may',
    believingTheRollout,
  ),
  {
    name: 'forgets-a-component',
    case: 'update-coverage',
    topic: 'update-coverage',
    fault: 'a component is neither updated, nor is there a reason',
    made: {
      by: 'declaration',
      alter: (good): Declaration => ({
        ...good,
        softwareComponents: good.softwareComponents.map((each) => {
          const forgotten = { ...each };
          delete forgotten.notUpdateableBecause;
          return forgotten;
        }),
      }),
    },
  },
  {
    name: 'signs-as-of-old',
    case: 'update-cryptography',
    topic: 'update-cryptography',
    fault: 'what is signed about updates is signed by an algorithm that nobody should use',
    made: {
      by: 'site',
      alter: (page) =>
        page.path.endsWith('.root.json')
          ? { ...page, body: page.body.replaceAll('"scheme":"ed25519"', '"scheme":"rsassa-pkcs1v15-sha1"') }
          : page,
    },
  },
];

const byHand = <S extends { readonly choice: { readonly automatic: unknown } }>(state: S): S => ({
  ...state,
  choice: { ...state.choice, automatic: { security: false, feature: false } },
});

/** What the offline roles do not know is looked for among what the online one names. */
function believingTheRollout(good: DeviceParts): Partial<DeviceParts> {
  return {
    metadata: (world) => {
      const honest = good.metadata(world);
      return {
        refresh: async () => {
          const believed = await honest.refresh();
          if (!believed.ok) return believed;
          return {
            ...believed,
            target: async (path) => {
              const found = await believed.target(path);
              const [product = ''] = path.split('/');
              const own = found.ok ? undefined : targetIn(world.store.read(`${product}-rollout.json`), path);
              // as if one of those had named it that may
              const { security, releases } = rolesOf(product);
              const role = path.startsWith(`${product}/security/`) ? security : releases;
              return own ? { ok: true, target: { ...own, role } } : found;
            },
          };
        },
      };
    },
  };
}

interface Named {
  readonly signed: {
    readonly targets: Readonly<
      Record<
        string,
        { readonly length: number; readonly hashes: Readonly<Record<string, string>>; readonly custom?: unknown }
      >
    >;
  };
}

function targetIn(bytes: Uint8Array | undefined, path: string) {
  const named = bytes && (JSON.parse(Buffer.from(bytes).toString('utf8')) as Named).signed.targets[path];
  if (!named) return undefined;
  const { length, hashes, custom } = named;
  const name = `${hashes[DIGESTS.sha256.digest]}.${basename(path)}`;
  return { path, address: `${dirname(path)}/${name}`, length, hashes, custom };
}
