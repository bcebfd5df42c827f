import { Type } from 'typebox';
import type { Declaration } from '@hearthward/product';
import type { Case, Judgement, LoginSession, Probe, Seen } from '../../model.ts';
import { lacking } from '../lacking.ts';
import { textOf } from '../../observe/login/forms.ts';
import { mutualServices } from '../access/certificates/services.ts';
import { usingServices } from '../access/certificates/units.ts';
import { fail, idsOf, of, open, pass, readEvidence, weigh, type Part } from '../access/evidence.ts';
import { guardOf, overHttp, type HttpFunction } from '../access/subjects.ts';
import { renewBy, renewerOf, Renewing } from './renewing.ts';

/**
 * Another algorithm really comes into use: the manufacturer is asked for it, the key is made anew by the function that
 * is declared for it, and the page says what it is then. The device has to go on with its services under that key, and
 * everything is put back as it was.
 */
const strict = { additionalProperties: false };
/** `algorithm` as it stands on the page; empty where it does not */
const Shown = Type.Object({ when: Type.Enum(['before', 'other', 'back']), algorithm: Type.String() }, strict);
const Asked = Type.Object({ which: Type.Enum(['ask', 'takeBack']), because: Type.String() }, strict);
/** the device dialled a service while its key was of the other algorithm */
const Used = Type.Object({ service: Type.String(), wentOn: Type.Boolean() }, strict);
const KINDS = { shown: Shown, asked: Asked, changed: Renewing, returned: Renewing, used: Used };
type Rows = ReturnType<typeof readEvidence<typeof KINDS>>['rows'];
type Process = Declaration['secureManagementProcesses'][number];

export const cryptoAgility: Case = {
  id: 'crypto-agility',
  topic: 'crypto-agility',
  title: 'Asks the manufacturer for another algorithm, has the key made anew, and looks whether the device took it.',
  ready: (declaration, target) => {
    if (!declaration.secureManagementProcesses.some(isAgile))
      return { ok: false, because: 'no key is declared whose algorithm can be seen to change' };
    return target.authorisation.changes
      ? { ok: true }
      : { ok: false, because: 'the target’s authorisation does not allow settings to be changed and put back' };
  },
  effect: 'disturbing',
  putsBack: true,
  observe,
  judge,
};
const TRIES = 6;
const BETWEEN_TRIES = 2_000;

const isAgile = ({ algorithmShown, renewedBy }: Process): boolean =>
  algorithmShown !== undefined && renewedBy !== undefined;

async function observe(probe: Probe): Promise<void> {
  const sessions = new Map<string, LoginSession>();
  for (const process of probe.declaration.secureManagementProcesses.filter(isAgile)) {
    const { parameter } = process;
    const renewer = renewerOf(probe.declaration, process);
    const reader = probe.declaration.externalFunctions
      .filter(overHttp)
      .find((each) => each.id === process.algorithmShown?.function);
    if (renewer === undefined || reader === undefined) continue;
    if (probe.target.otherAlgorithms?.[parameter] === undefined) {
      const what = 'how the manufacturer is asked for another algorithm';
      probe.record('blocked', parameter, { because: lacking(probe.target, `/otherAlgorithms/${parameter}`, what) });
      continue;
    }
    const first = await look(probe, process, reader, 'before');
    // a device that is not connected just then takes the wish, and makes no key yet: it is asked again
    const renewUntil = async (kind: 'changed' | 'returned', isThere: (algorithm: string) => boolean): Promise<void> => {
      for (let tries = 1; ; tries += 1) {
        await renew(probe, process, renewer, kind, sessions);
        const algorithm = await look(probe, process, reader, kind === 'changed' ? 'other' : 'back');
        if (isThere(algorithm) || tries === TRIES) return;
        await probe.clock.wait(BETWEEN_TRIES);
      }
    };
    try {
      if (!(await ask(probe, parameter, 'ask'))) continue;
      await renewUntil('changed', (algorithm) => algorithm !== first);
      for (const service of servicesOf(probe.declaration, parameter)) await use(probe, parameter, service);
    } finally {
      if (await ask(probe, parameter, 'takeBack')) await renewUntil('returned', (algorithm) => algorithm === first);
    }
  }
}

async function ask(probe: Probe, parameter: string, which: 'ask' | 'takeBack'): Promise<boolean> {
  const told = await probe.manufacturer.algorithm(parameter, which);
  probe.record('asked', parameter, { which, because: told.ok ? '' : told.because });
  return told.ok;
}

async function renew(
  probe: Probe,
  process: Process,
  renewer: HttpFunction,
  kind: 'changed' | 'returned',
  sessions: Map<string, LoginSession>,
): Promise<void> {
  if (process.renewedBy === undefined) return;
  const told = await renewBy(probe, renewer, process.renewedBy, true, sessions);
  if (typeof told === 'string') probe.record('blocked', process.parameter, { because: told });
  else probe.record(kind, process.parameter, { ...told });
}

/** A device that has just been started may have to get its first key: it is waited for. */
async function look(
  probe: Probe,
  { parameter, algorithmShown }: Process,
  reader: HttpFunction,
  when: 'before' | 'other' | 'back',
): Promise<string> {
  const element = algorithmShown?.element ?? '';
  let seen = await read(probe, reader, element);
  for (let waited = 0; waited < probe.patienceSeconds && seen.algorithm === ''; waited += 1) {
    await probe.clock.wait(1000);
    seen = await read(probe, reader, element);
  }
  probe.record('shown', parameter, { when, algorithm: seen.algorithm }, seen.blobs);
  return seen.algorithm;
}

async function read(probe: Probe, reader: HttpFunction, element: string) {
  const guard = guardOf(probe.declaration, reader);
  const session = guard && (await probe.login.shared(guard.id));
  const called = await probe.login.call(reader.id, session);
  const page = called.ok && called.answer.status === 200 ? called.answer : undefined;
  const algorithm = textOf(page?.body ?? '', element) ?? '';
  return { algorithm: algorithm.trim(), blobs: page === undefined ? [] : [page.blob] };
}

/** Stands in for the service, so that the device dials it with the key that it has now, and leads it on. */
async function use(probe: Probe, parameter: string, service: string): Promise<void> {
  const stood = await probe.impostor.standIn(service);
  if (!stood.ok) {
    probe.record('blocked', service, { because: stood.because });
    return;
  }
  try {
    const led = await stood.standIn.leadOn(probe.patienceSeconds * 1000);
    if (led !== undefined) probe.record('used', parameter, { service, wentOn: led.wentOn }, [led.blob]);
  } finally {
    await stood.standIn.leave();
  }
}

/** Where a device proves itself with this key, other than to get the next one. */
const servicesOf = (declaration: Declaration, parameter: string): readonly string[] => {
  const using = new Set(usingServices(declaration).map(({ id }) => id));
  return mutualServices(declaration)
    .filter(({ id }) => using.has(id))
    .filter(({ id }) =>
      declaration.communicationMechanisms.some((each) => each.service === id && each.parameters.includes(parameter)),
    )
    .map(({ id }) => id);
};

// EN 303 645 5.5-3, G044 6.5.3: algorithms are replaced on the device that is in use, or suffice until its end
function judge(seen: Seen): Judgement {
  const { rows, parts } = readEvidence(seen, KINDS);
  const agile = seen.declaration.secureManagementProcesses.filter(isAgile);
  return weigh(
    [
      ...parts,
      ...judgeComponents(seen.declaration),
      ...agile.flatMap((each) => judgeChange(each.parameter, seen.declaration, rows)),
      ...(agile.length > 0 ? [] : [open('that a key comes into use with another algorithm')]),
    ],
    'no key is declared whose algorithm can be seen to change',
    'assisted',
  );
}

/** What is built in changes with an update; where there is none, support must not outlive it. */
function judgeComponents({ softwareComponents, support }: Declaration): readonly Part[] {
  return softwareComponents.flatMap(({ id, cryptography }): readonly Part[] => {
    if (cryptography === undefined) return [open(`whether ${id} uses cryptography`)];
    if (!cryptography.uses || cryptography.updateable) return [];
    const until = cryptography.suffices?.until;
    if (until === undefined)
      return [fail(`${id} cannot be updated, and nobody says how long its algorithms suffice`, [])];
    return until < support.until
      ? [fail(`the algorithms of ${id} suffice until ${until}, and it is supported until ${support.until}`, [])]
      : [];
  });
}

function judgeChange(parameter: string, declaration: Declaration, rows: Rows): readonly Part[] {
  const [before, other, back] = (['before', 'other', 'back'] as const).map((when) =>
    of(rows.shown, parameter).findLast(({ data }) => data.when === when),
  );
  const asked = of(rows.asked, parameter);
  const refused = asked.find(({ data }) => data.because !== '');
  const made = of(rows.changed, parameter);
  const changed = made.find(({ data }) => data.fresh > 0) ?? made.at(-1);
  const evidence = idsOf([before, ...asked, changed, other].filter((row) => row !== undefined));
  const what = `${parameter}: that it comes into use with another algorithm`;
  if (refused !== undefined) return [open(`${what} (${refused.data.because})`, evidence)];
  if (before === undefined || other === undefined || changed === undefined || !changed.data.reached)
    return [open(what, evidence)];
  if (!changed.data.success)
    return [fail(`${changed.data.function} does not make ${parameter} anew (status ${changed.data.status})`, evidence)];
  if (before.data.algorithm === '' || other.data.algorithm === '')
    return [open(`${parameter}: which algorithm it is of, where the page should say so`, evidence)];
  if (before.data.algorithm === other.data.algorithm)
    return changed.data.fresh > 0
      ? [fail(`${parameter} is made anew, and stays ${other.data.algorithm} though another was asked for`, evidence)]
      : [open(what, evidence)];
  return [
    pass(
      `${parameter} changes from ${before.data.algorithm} to ${other.data.algorithm} when the manufacturer asks for it`,
      evidence,
    ),
    ...judgeUse(parameter, declaration, rows),
    judgeReturn(parameter, before.data.algorithm, back, rows),
  ];
}

function judgeUse(parameter: string, declaration: Declaration, rows: Rows): readonly Part[] {
  return servicesOf(declaration, parameter).map((service) => {
    const mine = of(rows.used, parameter).filter(({ data }) => data.service === service);
    return mine.some(({ data }) => data.wentOn)
      ? pass('the device goes on with its services under the new key', idsOf(mine))
      : open(`${parameter}: that ${service} goes on with the device under the other algorithm`, idsOf(mine));
  });
}

function judgeReturn(parameter: string, first: string, back: Rows['shown'][number] | undefined, rows: Rows): Part {
  const returned = of(rows.returned, parameter).at(-1);
  const evidence = idsOf([returned, back].filter((row) => row !== undefined));
  return back?.data.algorithm === first && returned?.data.success === true
    ? pass('what was changed is put back', evidence)
    : open(`${parameter}: that it is ${first} again`, evidence);
}
