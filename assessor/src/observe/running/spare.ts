import type { LoadedTarget } from '../../load-target.ts';
import type { Case, Probe, SpareState } from '../../model.ts';
import type { Target } from '../../target.ts';
import { DEFAULT_PATIENCE_SECONDS, ProbeStopped, type Budget } from '../budget.ts';
import { strongPassword } from '../login/invent.ts';
import type { Instruments } from '../probe.ts';
import type { Prepared } from './lane.ts';

/**
 * A unit that nobody uses, brought into the state that a case wants: as it was delivered, or set up with a password that is
 * made up here. Which state it is in is looked at each time and never concluded, since cases erase, reset and fail.
 */
export interface SpareUnit {
  /** what cases read of the target file while the unit is in this state */
  readonly targetIn: (state: SpareState) => Target;
  readonly prepared: (one: Case) => Promise<Prepared>;
  /** it does not answer any more: nothing else is tried on it */
  readonly harm: () => Promise<string | undefined>;
}

export const stateFor = (one: Case): SpareState => one.spare ?? 'in-use';

/** `open`: probes on the spare unit, with this target file */
export function createSpareUnit(
  loaded: LoadedTarget,
  budget: Budget,
  open: (target: Target) => Instruments,
): SpareUnit {
  const { target, declaration } = loaded;
  const patience = target.limits?.patienceSeconds ?? DEFAULT_PATIENCE_SECONDS;
  const given = Object.entries(target.accounts ?? {});
  const passwords = new Map(given.flatMap(([id, { password }]) => (password === undefined ? [] : [[id, password]])));
  const setUps = declaration.authenticationMechanisms.flatMap(({ id, setUp }) =>
    setUp !== undefined && target.accounts?.[id]?.initialPassword !== undefined ? [id] : [],
  );
  const targetIn: SpareUnit['targetIn'] = (state) => ({
    ...target,
    accounts: Object.fromEntries(
      given.map(([id, { password: _given, ...account }]) => {
        const password = state === 'in-use' ? (passwords.get(id) ?? (setUps.includes(id) ? '' : undefined)) : undefined;
        return [id, password === undefined ? account : { ...account, password }];
      }),
    ),
  });
  let gone: string | undefined;
  let since: number | undefined;

  /** false: it is in use; undefined: it did not answer for as long as one may wait */
  const look = async (probe: Probe, wanted?: true): Promise<boolean | undefined> => {
    for (let waited = 0; ; waited += STEP_SECONDS) {
      const seen = await Promise.all(setUps.map(probe.login.isDelivered));
      const answers = !seen.includes(undefined);
      if (waited >= patience || (answers && (wanted === undefined || seen.every(Boolean))))
        return answers ? seen.every(Boolean) : undefined;
      await probe.clock.wait(STEP_SECONDS * 1000);
    }
  };
  const reset = async (probe: Probe): Promise<string | undefined> => {
    passwords.clear();
    const told = await probe.laboratory.factoryReset();
    if (!told.ok) return `the spare unit is in use, and nobody brings it to factory default: ${told.because}`;
    return (await look(probe, true)) === true ? undefined : 'the spare unit is not in factory default after its reset';
  };
  const isOpen = async (probe: Probe): Promise<boolean> => {
    for (const [id, password] of passwords) {
      const entered = await probe.login.attempt(id, { password });
      if (entered.kind !== 'in') return false;
      await probe.login.logout(id, entered.session);
    }
    return setUps.every((id) => passwords.has(id));
  };
  const setUp = async (probe: Probe): Promise<string | undefined> => {
    since = probe.clock.now();
    for (const id of setUps) {
      const password = strongPassword(probe);
      const walked = await probe.login.setUp(id, password);
      if (!walked.ok) return walked.because;
      if (walked.walk.ended !== 'nothing-asked')
        return `the set-up of the spare unit ended early: ${walked.walk.ended}`;
      passwords.set(id, password);
    }
    return undefined;
  };
  const bring = async (probe: Probe, wanted: SpareState): Promise<string | undefined> => {
    const delivered = setUps.length === 0 ? false : await look(probe);
    if (delivered === undefined) return (gone = 'the spare unit does not answer');
    if (wanted === 'factory-default') return delivered ? undefined : reset(probe);
    if (!delivered && (await isOpen(probe))) return undefined;
    return (delivered ? undefined : await reset(probe)) ?? setUp(probe);
  };
  return {
    targetIn,
    prepared: async (one) => {
      const wanted = stateFor(one);
      // what it lacks all the same needs no unit
      const ready = one.ready(declaration, targetIn(wanted));
      if (!ready.ok) return ready;
      budget.begin();
      const hands = open(targetIn('factory-default'));
      try {
        const because = await bring(
          hands.probeFor(() => undefined),
          wanted,
        );
        if (because !== undefined) return { ok: false, because };
      } catch (error) {
        if (!(error instanceof ProbeStopped)) throw error;
        return { ok: false, because: error.message };
      } finally {
        hands.close();
      }
      const instruments = open(targetIn(wanted));
      const inUse = wanted === 'in-use' && since !== undefined ? { inUseSince: since } : {};
      return {
        ok: true,
        probeFor: (record) => ({ ...instruments.probeFor(record), ...inUse }),
        close: instruments.close,
      };
    },
    harm: async () => gone,
  };
}
const STEP_SECONDS = 0.25;
