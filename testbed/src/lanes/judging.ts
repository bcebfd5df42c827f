import { createHash, X509Certificate } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { assess, CASES, type Finding, type Target } from '@hearthward/assessor';
import type { ProductFactory } from '@hearthward/device';
import { defaultParts } from '@hearthward/device/parts';
import type { Declaration } from '@hearthward/product';
import { startAlteringSite } from '../stand-ins/altering-site.ts';
import { makeCertificate } from '../certificate.ts';
import { startLine, type Line } from '../line.ts';
import { targetOf } from '../target.ts';
import type { Twin } from '../twin.ts';
import { TWINS } from '../twins/index.ts';

/** A line of its own, on which one case at a time is run: against the good product, or against a twin. */
export interface Bench {
  /** `state`: of the unit when the case begins */
  readonly good: (id: string, state: Twin['unit']) => Promise<Finding | undefined>;
  readonly twin: (twin: Twin) => Promise<Finding | undefined>;
  readonly stop: () => Promise<void>;
}
export interface Made {
  readonly declaration: Declaration;
  readonly product: ProductFactory;
}

/** @param dir what is written goes there; it is the caller's to remove */
export const openBench = async (dir: string, { declaration, product }: Made): Promise<Bench> => {
  mkdirSync(dir, { recursive: true });
  const line = await startLine({ dir: join(dir, 'line'), declaration: impatient(declaration), product });
  const own = new Map<string, Line>();
  /** most cases share the line of the hub; one whose product has to be another begins its own with its first run */
  const lineFor = async (id: string): Promise<Line> => {
    const twin = TWINS.find((each) => each.case === id);
    if (!twin?.declares || twin.runs !== true) return line;
    const begun =
      own.get(id) ??
      (await startLine({ dir: join(dir, `line-${id}`), declaration: twin.declares(impatient(declaration)), product }));
    own.set(id, begun);
    return begun;
  };
  let runs = 0;
  const out = (): string => join(dir, `evidence-${++runs}`);
  return {
    good: async (id, state) => goodFinding(await lineFor(id), id, state, out()),
    twin: async (twin) => twinFinding(await lineFor(twin.case), twin, out()),
    stop: async () => {
      for (const each of [...own.values(), line]) await each.stop();
    },
  };
};

/** Sessions that end while one waits, fields that come again soon: the declared time is what the device enforces, so a short one shows the same. */
const IDLE_SECONDS = 4;
const MOST_SELDOM_SECONDS = 3;
const impatient = (declaration: Declaration): Declaration => ({
  ...declaration,
  authenticationMechanisms: declaration.authenticationMechanisms.map((mechanism) =>
    mechanism.session ? { ...mechanism, session: { ...mechanism.session, idleSeconds: IDLE_SECONDS } } : mechanism,
  ),
  telemetryData: declaration.telemetryData.map((field) => ({
    ...field,
    everySeconds: Math.min(field.everySeconds, MOST_SELDOM_SECONDS),
  })),
});

/** Cases that ask for what goes over the channel at once: a laboratory waits until the unit has reached its manufacturer. */
const OVER_THE_CHANNEL: ReadonlySet<string> = new Set([
  'key-management',
  'certificate-renewal',
  'tamper-detection',
  'telemetry-minimisation',
  'consent-withdrawal',
  'erase-service-data',
  'deletion-confirmation',
  'backup-sanitisation',
  'secure-erase',
  'sensitive-data-in-transit',
  'secure-setup-check',
]);

/** On a unit of its own: what one case disturbs (a throttled login, say) must not be seen by the next. */
const goodFinding = async (line: Line, id: string, state: Twin['unit'], out: string): Promise<Finding | undefined> => {
  const unit = await line.startUnit('good', state ? { state } : {});
  try {
    if (OVER_THE_CHANNEL.has(id)) await unit.connected();
    return await findingOf(id, await targetOf(line, unit, 'good'), declaredFor(line, id), out);
  } finally {
    await unit.stop();
  }
};

const declaredFor = (line: Line, id: string): Declaration =>
  TWINS.find((twin) => twin.case === id)?.declares?.(line.declaration) ?? line.declaration;

const twinFinding = async (line: Line, twin: Twin, out: string): Promise<Finding | undefined> => {
  const { made } = twin;
  const good = declaredFor(line, twin.case);
  const declaration = made.by === 'declaration' ? made.alter(good) : good;
  const unit = await line.startUnit('twin', {
    ...(made.by === 'part' ? { parts: made.parts(defaultParts) } : {}),
    ...(twin.unit ? { state: twin.unit } : {}),
    ...(made.by === 'start' ? { starting: made.how } : {}),
  });
  const endings: (() => Promise<void>)[] = [unit.stop];
  try {
    if (OVER_THE_CHANNEL.has(twin.case)) await unit.connected();
    let target = await targetOf(line, unit, 'twin');
    if (made.by === 'artefact') target = made.plant(target, line.dir);
    if (made.by === 'site') {
      const credentials = await makeCertificate();
      const site = await startAlteringSite(line.services.site, credentials, made.alter);
      endings.push(site.stop);
      target = { ...target, site: { url: site.url, fingerprint: fingerprintOf(credentials.cert) } };
    }
    if (made.by === 'company') {
      const company = await made.start(target, line.dir);
      endings.push(company.stop);
      target = company.target;
    }
    return await findingOf(twin.case, target, declaration, out);
  } finally {
    for (const end of endings.reverse()) await end();
  }
};

const findingOf = async (
  id: string,
  target: Target,
  declaration: Declaration,
  out: string,
): Promise<Finding | undefined> => {
  if (!CASES.some((known) => known.id === id)) throw new TypeError(`no case is called ${id}`);
  const file = `${out}.target.json`;
  writeFileSync(`${out}.declaration.json`, JSON.stringify(declaration));
  writeFileSync(file, JSON.stringify({ ...target, declaration: `${out}.declaration.json` }));
  const result = await assess({ targetFile: file, out, only: [id] });
  if (!result.ok) throw new Error(`${id}: ${result.because.join('; ')}`);
  return result.findings.find((finding) => finding.case === id);
};

const fingerprintOf = (pem: string): string => createHash('sha256').update(new X509Certificate(pem).raw).digest('hex');
