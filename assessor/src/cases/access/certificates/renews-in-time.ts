import { Type } from 'typebox';
import type { Declaration } from '@hearthward/product';
import type { StandIn } from '../../../impostor.ts';
import type { Case, Judgement, Probe, Seen } from '../../../model.ts';
import { lacking } from '../../lacking.ts';
import type { Target } from '../../../target.ts';
import { fail, idsOf, of, open, pass, readEvidence, weigh, type Part } from '../evidence.ts';
import { promptOf } from './false-services.ts';
import { enrolmentServices, usingServices } from './units.ts';

/**
 * The device itself, where `certificate-lifecycle` stands in its place: the manufacturer is asked for certificates that
 * end soon, the device is made to fetch one, and then left alone. It has to come for the next one before the end, seen
 * from the place of the enrolment service, and to be let in by the others after it.
 */
const strict = { additionalProperties: false } as const;
const Asked = Type.Object({ which: Type.Enum(['ask', 'takeBack']), because: Type.String() }, strict);
/** a connection to `service`; `prompted`: it was asked for. Milliseconds count from the end of the one prompted */
const Came = Type.Object(
  { service: Type.String(), prompted: Type.Boolean(), wentOn: Type.Boolean(), afterMs: Type.Integer() },
  strict,
);
/** how long nobody asked for anything, and for how long the certificate lasts at most */
const Waited = Type.Object({ service: Type.String(), ms: Type.Integer(), seconds: Type.Integer() }, strict);
/** after the certificate's end: a connection to another service still stood after an exchange */
const LetIn = Type.Object({ service: Type.String(), stood: Type.Boolean() }, strict);
const KINDS = { asked: Asked, came: Came, waited: Waited, 'let-in': LetIn };
type Rows = ReturnType<typeof readEvidence<typeof KINDS>>['rows'];

export const certificateRenewal: Case = {
  id: 'certificate-renewal',
  topic: 'certificate-lifecycle',
  title: 'Has the device given a certificate that ends soon, leaves it alone, and looks whether it comes for the next.',
  ready: (declaration, target) => {
    const [place] = placesOf(declaration, target);
    if (place === undefined)
      return { ok: false, because: lacking(target, '/shortLives', 'how certificates are had that end soon') };
    return target.redirects?.[place.service] === undefined
      ? { ok: false, because: `the target file gives no redirect of what the device dials for ${place.service}` }
      : { ok: true };
  },
  effect: 'disturbing',
  // the usual life of certificates
  putsBack: true,
  observe,
  judge,
};

interface Place {
  readonly parameter: string;
  /** where the device gets the next certificate of it */
  readonly service: string;
}
/** Keys with a short life in the target file, each with the service that certifies them. */
const placesOf = (declaration: Declaration, target: Pick<Target, 'shortLives'>): readonly Place[] =>
  enrolmentServices(declaration).flatMap(({ id }) =>
    Object.keys(target.shortLives ?? {}).map((parameter) => ({ parameter, service: id })),
  );

async function observe(probe: Probe): Promise<void> {
  for (const { parameter, service } of placesOf(probe.declaration, probe.target)) {
    const stood = await probe.impostor.standIn(service);
    if (!stood.ok) {
      probe.record('blocked', parameter, { because: stood.because });
      continue;
    }
    try {
      if (await ask(probe, parameter, 'ask')) await watch(probe, parameter, service, stood.standIn);
    } finally {
      await ask(probe, parameter, 'takeBack');
      await stood.standIn.leave();
    }
    for (const { id } of usingServices(probe.declaration)) await tryAfter(probe, parameter, id);
  }
}

async function ask(probe: Probe, parameter: string, which: 'ask' | 'takeBack'): Promise<boolean> {
  const told = await probe.manufacturer.shortLife(parameter, which);
  probe.record('asked', parameter, { which, because: told.ok ? '' : told.because });
  return told.ok;
}

async function watch(probe: Probe, parameter: string, service: string, standIn: StandIn): Promise<void> {
  const prompt = promptOf(probe, service);
  if (prompt === undefined) {
    probe.record('blocked', parameter, { because: `no function is declared by which the device dials ${service}` });
    return;
  }
  const first = await promptedOnce(probe, prompt, standIn);
  if (first === undefined) {
    probe.record('blocked', parameter, { because: `the device did not dial ${service} when it was asked to` });
    return;
  }
  probe.record('came', parameter, { service, prompted: true, wentOn: first.wentOn, afterMs: 0 }, [first.blob]);
  const { seconds = 0 } = probe.target.shortLives?.[parameter] ?? {};
  const began = probe.clock.now();
  const life = seconds * 1000;
  const next = await standIn.leadOn(life);
  const afterMs = probe.clock.now() - began;
  if (next !== undefined)
    probe.record('came', parameter, { service, prompted: false, wentOn: next.wentOn, afterMs }, [next.blob]);
  // what was issued while the first exchange came to rest ends within this
  if (afterMs < life) await probe.clock.wait(life - afterMs);
  probe.record('waited', parameter, { service, ms: Math.max(life, probe.clock.now() - began), seconds });
}

/** Asked again only where nothing came of it: a second wish must not be taken for the device’s own. */
const AGAIN_MS = 3000;
async function promptedOnce(probe: Probe, prompt: () => Promise<void>, standIn: StandIn) {
  for (let waited = 0; waited <= probe.patienceSeconds * 1000; waited += AGAIN_MS) {
    await prompt();
    const came = await standIn.leadOn(AGAIN_MS);
    if (came !== undefined) return came;
  }
  return undefined;
}

/** A device that was let out of a connection may have to try more than once. */
async function tryAfter(probe: Probe, parameter: string, service: string): Promise<void> {
  const stood = await probe.impostor.standIn(service);
  if (!stood.ok) {
    probe.record('blocked', service, { because: stood.because });
    return;
  }
  const until = probe.clock.now() + probe.patienceSeconds * 1000;
  try {
    for (let left = until - probe.clock.now(); left > 0; left = until - probe.clock.now()) {
      const led = await stood.standIn.leadOn(left);
      if (led === undefined) return;
      probe.record('let-in', parameter, { service, stood: led.wentOn && led.stood }, [led.blob]);
      if (led.wentOn && led.stood) return;
    }
  } finally {
    await stood.standIn.leave();
  }
}

// G045 AU-1-10, EN 303 645 5.5-8: the device replaces its certificate by itself, before it ends
function judge(seen: Seen): Judgement {
  const { rows, parts } = readEvidence(seen, KINDS);
  const parameters = [...new Set(rows.asked.map(({ subject }) => subject))];
  return weigh(
    [
      ...parts,
      ...parameters.flatMap((parameter) => [
        judgeComing(parameter, rows),
        ...usingServices(seen.declaration).map(({ id }) => judgeAfter(parameter, id, rows)),
        ...judgeBack(parameter, rows),
      ]),
    ],
    'that the device comes for its next certificate',
    'assisted',
  );
}

function judgeComing(parameter: string, rows: Rows): Part {
  const what = `${parameter}: that the device comes for its next certificate before the one in use ends`;
  const asked = of(rows.asked, parameter).find(({ data }) => data.which === 'ask');
  if (asked === undefined || asked.data.because !== '') return open(what, asked === undefined ? [] : [asked.id]);
  const mine = of(rows.came, parameter);
  const prompted = mine.find(({ data }) => data.prompted && data.wentOn);
  const waited = of(rows.waited, parameter).find(({ data }) => data.ms >= data.seconds * 1000);
  if (prompted === undefined || waited === undefined) return open(what, idsOf(mine));
  const life = waited.data.seconds * 1000;
  const own = mine.filter(({ data }) => !data.prompted && data.wentOn && data.afterMs < life);
  if (own.length > 0)
    return pass(
      'left alone, the device comes for its next certificate before the one in use ends',
      idsOf([asked, prompted, ...own, waited]),
    );
  const tried = of(rows['let-in'], parameter);
  const out = tried.length > 0 && tried.every(({ data }) => !data.stood);
  return out
    ? fail(
        `${parameter}: left alone for the ${waited.data.seconds} s of its certificate, the device does not come for the next, and is not let in any more`,
        idsOf([asked, prompted, waited, ...tried]),
      )
    : open(what, idsOf([...mine, waited]));
}

function judgeAfter(parameter: string, service: string, rows: Rows): Part {
  const mine = of(rows['let-in'], parameter).filter(({ data }) => data.service === service);
  return mine.some(({ data }) => data.stood)
    ? pass('after the end of the one before, its services let it in', idsOf(mine))
    : open(`${parameter}: that ${service} lets the device in after the end of the certificate before`, idsOf(mine));
}

function judgeBack(parameter: string, rows: Rows): readonly Part[] {
  const back = of(rows.asked, parameter).findLast(({ data }) => data.which === 'takeBack');
  return back?.data.because === ''
    ? []
    : [open(`${parameter}: that certificates last as long as before again`, idsOf(back === undefined ? [] : [back]))];
}
