import { updatesWith } from '@hearthward/device/updates';
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
