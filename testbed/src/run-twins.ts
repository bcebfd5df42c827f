import { createHash, X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assess, CASES, type Finding, type Target } from '@hearthward/assessor';
import type { ProductFactory } from '@hearthward/device';
import { defaultParts } from '@hearthward/device/parts';
import type { Declaration } from '@hearthward/product';
import { startAlteringSite } from './altering-site.ts';
import { makeCertificate } from './certificate.ts';
import { startLine, targetOf, type Line } from './line.ts';
import { TWINS } from './twins/index.ts';
import type { Twin, TwinRow } from './twin.ts';

/** Runs each case that has a twin against the good product, then each twin against its case. */
export interface RunTwinsOptions {
  readonly declaration: Declaration;
  readonly product: ProductFactory;
  /** a topic or a case; all where absent */
  readonly only?: string;
  readonly onProgress?: (text: string) => void;
}

export const runTwins = async ({
  only,
  onProgress = () => undefined,
  ...made
}: RunTwinsOptions): Promise<readonly TwinRow[]> => {
  const twins = TWINS.filter((twin) => only === undefined || twin.topic === only || twin.case === only);
  const dir = mkdtempSync(join(tmpdir(), 'hearthward-twins-'));
  onProgress('making a line: services, a factory, one unit set up');
  const line = await startLine({
    dir: join(dir, 'line'),
    declaration: impatient(made.declaration),
    product: made.product,
  });
  try {
    const cases = [...new Set(twins.map((twin) => twin.case))];
    onProgress(`the good product, ${cases.length} cases`);
    const good = await goodFindings(line, cases, twins, join(dir, 'good'), onProgress);
    const rows: TwinRow[] = [];
    for (const [at, twin] of twins.entries()) {
      const seen = await twinFinding(line, twin, join(dir, `twin-${at}`));
      const verdict = good.get(twin.case)?.verdict ?? 'INCONCLUSIVE';
      const caught = seen?.verdict === 'FAIL';
      const row = {
        case: twin.case,
        topic: twin.topic,
        good: verdict,
        twin: twin.name,
        caught,
        told: caught && verdict === (twin.goodIs ?? 'PASS'),
        because: seen?.because ?? 'the case found nothing',
      };
      onProgress(
        `${String(at + 1).padStart(2)}/${twins.length}  ${twin.name}: ${row.caught ? 'caught' : `NOT CAUGHT (${seen?.verdict ?? 'nothing'}: ${row.because})`}`,
      );
      rows.push(row);
    }
    for (const id of cases) {
      const finding = good.get(id);
      if (finding?.verdict !== 'PASS')
        onProgress(`the good product does not pass ${id}: ${finding?.verdict ?? 'nothing'}: ${finding?.because ?? ''}`);
    }
    return rows;
  } finally {
    await line.stop();
    rmSync(dir, { recursive: true, force: true });
  }
};

/** Sessions that end while one waits: the declared time is what the device enforces, so a short one shows the same. */
const IDLE_SECONDS = 4;
const impatient = (declaration: Declaration): Declaration => ({
  ...declaration,
  authenticationMechanisms: declaration.authenticationMechanisms.map((mechanism) =>
    mechanism.session ? { ...mechanism, session: { ...mechanism.session, idleSeconds: IDLE_SECONDS } } : mechanism,
  ),
});

const goodFindings = async (
  line: Line,
  cases: readonly string[],
  twins: readonly Twin[],
  out: string,
  onProgress: (text: string) => void,
): Promise<ReadonlyMap<string, Finding>> => {
  const findings = new Map<string, Finding>();
  // One unit per case: what one case disturbs (a throttled login, say) must not be seen by the next.
  for (const id of cases) {
    onProgress(`  good: ${id}`);
    const state = twins.find((twin) => twin.case === id)?.unit;
    const unit = await line.startUnit('good', state ? { state } : {});
    try {
      const target = await targetOf(line, unit, 'good');
      const finding = await findingOf(id, target, line.declaration, `${out}-${id}`);
      if (finding) findings.set(id, finding);
    } finally {
      await unit.stop();
    }
  }
  return findings;
};

const twinFinding = async (line: Line, twin: Twin, out: string): Promise<Finding | undefined> => {
  const { made } = twin;
  const declaration = made.by === 'declaration' ? made.alter(line.declaration) : line.declaration;
  const unit = await line.startUnit('twin', {
    ...(made.by === 'part' ? { parts: made.parts(defaultParts) } : {}),
    ...(twin.unit ? { state: twin.unit } : {}),
  });
  const endings: (() => Promise<void>)[] = [unit.stop];
  try {
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
