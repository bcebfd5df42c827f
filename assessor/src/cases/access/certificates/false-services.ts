import { Type, type Static } from 'typebox';
import type { Declaration } from '@hearthward/product';
import { MASKS, type Mask, type StandIn } from '../../../impostor.ts';
import type { Probe } from '../../../model.ts';
import { filled } from '../accounts/lent.ts';
import { fail, idsOf, of, open, pass, type Part, type Reading } from '../evidence.ts';
import { guardOf, overHttp } from '../subjects.ts';
import { mutualServices } from './services.ts';

/**
 * The device’s own end: the assessor stands in for a service that it dials, shows certificates that are none of the
 * service’s, and looks whether the device says anything. Between them the genuine service is led to, so that a refusal
 * is one of the certificate and not of everybody.
 */
const strict = { additionalProperties: false } as const;
const Met = Type.Object(
  {
    mask: Type.Enum([...MASKS]),
    outcome: Type.Enum(['refused', 'spoke', 'stayed', 'plain']),
    /** of the alert, where it sent one */
    alert: Type.Optional(Type.Integer()),
    bytes: Type.Integer(),
    said: Type.Enum(['mqtt-connect', 'http-request', 'other', '']),
  },
  strict,
);
/** what came next, `after` that mask */
const LedOn = Type.Object({ after: Type.Enum([...MASKS]), wentOn: Type.Boolean() }, strict);
export const FALSE_SERVICE_KINDS = { met: Met, 'led-on': LedOn };
export interface FalseServiceRows {
  readonly met: readonly Reading<Static<typeof Met>>[];
  readonly 'led-on': readonly Reading<Static<typeof LedOn>>[];
}

const SHOWN: Readonly<Record<Mask, string>> = {
  'self-signed': 'a certificate that vouches for itself',
  'foreign-authority': 'a certificate of another authority',
  misnamed: 'a genuine certificate that is not the service’s',
};

export async function observeFalseServices(probe: Probe): Promise<void> {
  const services = mutualServices(probe.declaration).map(({ id }) => id);
  // what a device dials by itself comes first: it waits longer after each failure, and has had none yet
  const asked = (id: string): number => Number(promptOf(probe, id) !== undefined);
  for (const id of services.toSorted((one, other) => asked(one) - asked(other))) {
    if (probe.target.redirects?.[id] === undefined) continue;
    const stood = await probe.impostor.standIn(id);
    if (!stood.ok) {
      probe.record('blocked', id, { because: stood.because });
      continue;
    }
    try {
      await meetAll(probe, id, stood.standIn);
    } finally {
      await stood.standIn.leave();
    }
  }
}

async function meetAll(probe: Probe, id: string, standIn: StandIn): Promise<void> {
  const patience = probe.patienceSeconds * 1000;
  const prompt = promptOf(probe, id);
  const masks = probe.impostor.masks(id);
  for (const mask of masks) {
    const met = await prompted(probe, prompt, standIn.meet(mask, patience));
    if (met === undefined) {
      probe.record('blocked', id, { because: `the device did not dial within ${probe.patienceSeconds} s` });
      return;
    }
    const { blob, ...seen } = met;
    probe.record('met', id, { mask, ...seen }, [blob]);
    // a device that dials by itself waits longer after each failure, and not after it was let in
    if (prompt !== undefined && mask !== masks.at(-1)) continue;
    const led = await prompted(probe, prompt, standIn.leadOn(patience));
    if (led !== undefined) probe.record('led-on', id, { after: mask, wentOn: led.wentOn }, [led.blob]);
  }
}

/** Has the device dial, where the declaration says by which function. */
export function promptOf(probe: Probe, id: string): (() => Promise<void>) | undefined {
  const { communicationMechanisms, externalFunctions } = probe.declaration;
  const by = communicationMechanisms.find((each) => each.service === id && each.dialledOn !== undefined)?.dialledOn;
  const called = externalFunctions.filter(overHttp).find((each) => each.id === by?.function);
  const guard = called && guardOf(probe.declaration, called);
  if (by === undefined || called === undefined || guard === undefined) return undefined;
  return async () => {
    const session = await probe.login.shared(guard.id);
    await probe.login.call(called.id, session, {
      ...(by.field === undefined || by.value === undefined ? {} : { [by.field]: by.value }),
      ...filled(called, 'current-password', probe.target.accounts?.[guard.id]?.password ?? ''),
    });
  };
}

/** A device that is not connected just then may take the prompt and not dial: it is asked again. */
const AGAIN_MS = 400;
export async function prompted<T>(
  probe: Probe,
  prompt: (() => Promise<void>) | undefined,
  coming: Promise<T | undefined>,
): Promise<T | undefined> {
  if (prompt === undefined) return coming;
  const ended = coming.then(
    () => true,
    () => true,
  );
  do await prompt();
  while (!(await Promise.race([ended, probe.clock.wait(AGAIN_MS).then(() => false)])));
  return coming;
}

// EN 303 645 5.5-1, G045 AU-3-2, DS-1-2: the device says nothing to who is not the service, and goes on with who is.
export function judgeDevice(service: string, rows: FalseServiceRows): Part {
  const met = of(rows.met, service);
  const spoken = met.filter(({ data }) => data.outcome === 'spoke' || data.outcome === 'plain');
  if (spoken.length > 0) {
    const to = [...new Set(spoken.map(({ data }) => (data.outcome === 'plain' ? 'anybody' : SHOWN[data.mask])))];
    const told = spoken.some(({ data }) => data.outcome === 'plain') ? 'without TLS ' : '';
    return fail(`in place of ${service} the device speaks ${told}to ${to.join(' and ')}`, idsOf(spoken));
  }
  const went = of(rows['led-on'], service).filter(({ data }) => data.wentOn);
  const missing = MASKS.filter((mask) => !met.some(({ data }) => data.mask === mask && data.outcome === 'refused'));
  const last = met.at(-1)?.data.mask;
  const left = !went.some(({ data }) => data.after === last);
  const evidence = idsOf([...met, ...went]);
  return missing.length === 0 && !left
    ? pass(
        `in place of ${service} the device says nothing to a false service, and goes on with the genuine one`,
        evidence,
      )
    : open(
        missing.length > 0
          ? `${service}: that the device refuses ${missing.map((mask) => SHOWN[mask]).join(', ')}`
          : `${service}: that the device goes on with the genuine service afterwards`,
        evidence,
      );
}

/**
 * Connections of the product whose other end no associated service is: to whom they go, and who proves what, is not seen.
 * One that only its owner begins, to a place of their own, is off.
 */
export const otherConnections = (declaration: Declaration): readonly Part[] => {
  const mutual = new Set(mutualServices(declaration).map(({ id }) => id));
  return declaration.communicationMechanisms
    .filter((each) => each.direction === 'outbound' && each.chosenBy === undefined)
    .filter((each) => each.service === undefined || !mutual.has(each.service))
    .filter((each) => !fetchesWhatIsPublic(declaration, each.id))
    .map((each) =>
      open(`${each.id}: that both ends prove themselves, which is not declared of a service that can be tried`),
    );
};

/** Updates that anybody may read, known by their signatures and not by who sends them: nothing of the product's goes there. */
const fetchesWhatIsPublic = (declaration: Declaration, id: string): boolean =>
  declaration.updateMechanisms.some(
    ({ over, metadata, parameters = [] }) => over === id && metadata !== undefined && parameters.length > 0,
  ) &&
  declaration.telemetryData.every(({ over }) => over !== id) &&
  declaration.personalData.every(({ communicatedOver }) => !communicatedOver.includes(id));
