import type { Declaration, SelfTest } from '@hearthward/product';
import type { Language } from '@hearthward/standards';
import { message } from '@hearthward/web';
import type { QuarantineLink } from '../quarantine/link.ts';
import type { RecordEvent } from '../channel/channel.ts';
import type { ProductFunctions, SafetyCheck } from '../seams.ts';
import type { TestedHardware } from './bench.ts';
import { NOT_TESTED, type decideSelfTest, type SelfTestEffect, type SelfTestEvent } from './decide.ts';
import { tryInTime } from './probes.ts';

export interface SelfTesting {
  /** what every device has; nothing listens before it is done */
  readonly early: () => Promise<void>;
  /** sensors and actuators, which may take their time */
  readonly rest: () => Promise<void>;
  /** for the page on safety; nothing where nothing is declared */
  readonly checks: (language: Language) => readonly SafetyCheck[];
  /** the product's functions: while it is in its safe state, nothing is changed through them */
  readonly limiting: (product: ProductFunctions) => ProductFunctions;
  /** after a reset: the product that begins anew is as safe */
  readonly again: () => void;
}

export const standForTests = (world: {
  readonly declaration: Declaration;
  readonly hardware: TestedHardware;
  readonly decide: typeof decideSelfTest;
  readonly record: RecordEvent;
  readonly quarantine: Pick<QuarantineLink, 'enter' | 'passed'>;
  /** the product in its safe state */
  readonly beSafe: () => void;
}): SelfTesting => {
  const { hardware, record } = world;
  const { selfTests = [], externalSensors } = world.declaration;
  let state = NOT_TESTED;
  let open: SelfTestEffect[] = [];

  const handle = async (event: SelfTestEvent): Promise<void> => {
    const decision = world.decide(state, event);
    state = decision.state;
    for (const effect of decision.effects) await execute(effect);
  };
  const execute = async (effect: SelfTestEffect): Promise<void> => {
    switch (effect.kind) {
      case 'try': {
        const { test, last } = effect;
        const began = performance.now();
        const verdict = await tryInTime(test, hardware, externalSensors);
        const millis = performance.now() - began;
        const result =
          verdict === 'well' ? { ok: true as const, millis } : { ok: false as const, because: verdict, millis };
        return handle({ kind: 'tried', test, result, last });
      }
      case 'be-safe':
        return world.beSafe();
      case 'cut-off':
        return world.quarantine.enter('self-test', effect.test);
      case 'tell-failed':
        return record('self-test-failed', { test: effect.test, because: effect.because, mode: effect.mode });
      case 'tell-passed':
        world.quarantine.passed();
        return record('self-test-passed', { count: effect.count, millis: effect.millis });
    }
  };
  const go = async (which: (effect: SelfTestEffect) => boolean): Promise<void> => {
    const due = open.filter(which);
    open = open.filter((effect) => !due.includes(effect));
    for (const effect of due) await execute(effect);
  };

  return {
    early: async () => {
      const ordered = [...selfTests].sort((one, other) => Number(isOfBoard(one)) - Number(isOfBoard(other)));
      const { state: begun, effects } = world.decide(state, { kind: 'begun', tests: ordered });
      state = begun;
      open = [...effects];
      await go((effect) => effect.kind !== 'try' || !isOfBoard(effect.test));
    },
    rest: () => go(() => true),
    checks: (language) => {
      if (Object.keys(state.results).length === 0) return [];
      const failed = selfTests.flatMap((test) => {
        const result = state.results[test.id];
        if (result === undefined || result.ok) return [];
        const then = message(language, `selftest.then.${test.onFailure}`);
        const what = test.description[language] ?? test.description.en;
        return [`${what}: ${message(language, `selftest.because.${result.because}`)} ${then}`];
      });
      if (failed.length === 0) return [{ good: true, text: message(language, 'selftest.passed') }];
      return failed.map((text) => ({ good: false, text: `${message(language, 'selftest.failed')} ${text}` }));
    },
    limiting: (product) => ({
      ...product,
      get functions() {
        const changes = new Set(
          world.declaration.externalFunctions.flatMap(({ id, kind }) => (kind === 'change' ? [id] : [])),
        );
        return Object.fromEntries(
          Object.entries(product.functions).map(([id, call]) => [
            id,
            (input: Parameters<typeof call>[0]) =>
              state.limitedBy.length > 0 && changes.has(id)
                ? ({ ok: false, because: 'the device is in its safe state' } as const)
                : (product.functions[id] ?? call)(input),
          ]),
        );
      },
    }),
    again: () => {
      if (state.limitedBy.length > 0) world.beSafe();
    },
  };
};

const isOfBoard = ({ part }: SelfTest): boolean => part === 'sensor' || part === 'actuator';
