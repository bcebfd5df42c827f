import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Redirects } from '@hearthward/testbed/relay';
import { takenPorts } from '@hearthward/testbed/taken-ports';
import { badInput, EXIT, type ExitCode } from '../exit.ts';
import { Progress, say } from '../print.ts';
import { stamp } from '../options.ts';
import { controlAddress, hubAddress, spareAddress } from './addresses.ts';
import { openDataFolder, type DataFolder, type SecretName } from './data-folder.ts';
import { asksForLabel } from './first-page.ts';
import { aborted, abortOnSignals, Interrupted } from './interrupt.ts';
import { openParts, type Part, type Parts } from './processes.ts';
import { openRedirects } from './redirects.ts';
import { labelOf, type KeptLabel } from './units/label.ts';
import type { Spare } from './units/spare.ts';

/**
 * The whole line, end to end. Every part is a process of its own and is driven from outside: the services and the hub
 * over the doors that they have for everybody, the set-up through the panel's pages, the assessment from a target
 * file that names no more than an owner would tell a laboratory. Each phase leaves state from which the next start
 * goes on; rooms that a later phase needs are loaded while the services start.
 */
export interface StartOptions {
  readonly once: boolean;
  readonly data: string;
  readonly portBase?: number;
  readonly strict: boolean;
  /** has the assessor try what takes minutes as well */
  readonly thorough: boolean;
}

const LOADER_MODULE = fileURLToPath(import.meta.resolve('@hearthward/device/loader'));
const HUB_DECLARATION = fileURLToPath(import.meta.resolve('@hearthward/example-hub'));
const SERVICES_MODULE = fileURLToPath(import.meta.resolve('@hearthward/services/main'));

/** What every phase works with. */
interface Line {
  readonly options: StartOptions;
  readonly data: DataFolder;
  readonly progress: Progress;
  readonly parts: Parts;
  /** TCP ports of the machine that were taken before anything was started */
  readonly taken: readonly number[];
  readonly redirects: Redirects;
  /** aborted with its reason: the person's wish, or the end of a part */
  readonly signal: AbortSignal;
  readonly address: Readonly<Record<'https' | 'enrolment' | 'mqtts', string>> & {
    readonly panel: { readonly address: string; readonly port: number };
    readonly spare: { readonly address: string; readonly port: number };
  };
}

/** The evidence folder of `--once` is the last line on stdout, when everything has been stopped. */
export const start = async (options: StartOptions): Promise<ExitCode> => {
  const data = openDataFolder(resolve(options.data), options.portBase);
  const progress = new Progress();
  const stopping = new AbortController();
  const signals = abortOnSignals(stopping);
  const parts = openParts(stopping, (line) => progress.passing(line));
  const ports = data.progressed().portBase;
  const address = {
    https: `127.0.0.1:${ports}`,
    mqtts: `127.0.0.1:${ports + 1}`,
    panel: { address: hubAddress(ports), port: ports + 2 },
    enrolment: `127.0.0.1:${ports + 3}`,
    spare: { address: spareAddress(ports), port: ports + 8 },
  };
  const taken = takenPorts();
  let redirects: Redirects | undefined;
  let lastLine: string | undefined;
  let stopped: ReturnType<Parts['stop']> | undefined;
  const stopAll = () => {
    if (!stopped) progress.step('stopping what was started');
    return (stopped ??= parts.stop().finally(async () => redirects?.stop()));
  };
  try {
    redirects = await openRedirects(ports, {
      enrolment: `https://${address.enrolment}`,
      messages: `mqtts://${address.mqtts}`,
    });
    const { code, folder } = await bringUpAndAssess({
      options,
      data,
      progress,
      parts,
      taken,
      redirects,
      signal: stopping.signal,
      address,
    });
    if (options.once) {
      lastLine = folder;
      return code;
    }
    await stayUp(folder, stopping.signal);
    return EXIT.done;
  } catch (error) {
    // What fails after an abort fails because of it.
    throw (await stopAll()) ?? (stopping.signal.aborted ? stopping.signal.reason : error);
  } finally {
    await stopAll();
    signals.release();
    data.release();
    if (lastLine !== undefined) say(lastLine);
  }
};

const bringUpAndAssess = async (line: Line): Promise<{ readonly code: ExitCode; readonly folder: string }> => {
  const { data, progress } = line;
  progress.step('starting the manufacturer’s services (embedded store)');
  const resumes = data.progressed().deviceMade;
  progress.step(resumes ? 'starting the hub' : 'making the hub’s image, and of it the first release');
  // Side by side where there is a hub already; it waits for the services by itself.
  const [services, resumed] = await Promise.all([
    startServices(line),
    resumes ? startHub(line) : buildSoftware(line),
    loadWhatFollows(),
  ]);
  await makeOperator(line, services);
  if (!resumes) await makeDevice(line, services);
  else await resumeReleases(line);
  const [hub, spare] = await Promise.all([useHub(line, services, resumed), startSpareUnit(line, services)]);
  return assessHub(line, services, { hub, spare, label: labelOf(data) });
};

/** The hub runs, somebody has set it up, and its manufacturer hears of it. */
const useHub = async (line: Line, services: Part, resumed: Part | undefined): Promise<Part> => {
  const { data, progress, signal } = line;
  if (!resumed) progress.step('starting the hub');
  const hub = resumed ?? (await startHub(line));
  if (!data.progressed().deviceSetUp) await setUp(line, labelOf(data));
  progress.step('waiting until the hub is enrolled and its telemetry arrives');
  await telemetryArrives(services, signal);
  sayWhereToLook(line, services, labelOf(data));
  return hub;
};

/** In factory default or as the last assessment left it: whoever assesses brings it into the state that they want. */
const startSpareUnit = async ({ data, parts, progress, address }: Line, services: Part): Promise<Spare> => {
  const [{ keepSpareUnit }, { startSpare }, { keepRoots, rootsOf }] = await Promise.all([
    import('./units/factory.ts'),
    import('./units/spare.ts'),
    import('./target.ts'),
  ]);
  progress.step('a second unit, which nobody uses, for what cannot be put back');
  keepRoots(data, services);
  await keepSpareUnit(services, data, address.spare);
  return startSpare(data, parts, services, urlOf(address.spare), rootsOf(data));
};

const startServices = ({ data, parts, address: { https, enrolment, mqtts } }: Line): Promise<Part> =>
  parts.start(
    'services',
    SERVICES_MODULE,
    [
      '--data',
      data.services,
      '--declaration',
      HUB_DECLARATION,
      '--https',
      https,
      '--enrolment',
      enrolment,
      '--mqtts',
      mqtts,
    ],
    { cached: true },
  );

/** From the slot that its record names. */
const startHub = ({ data, parts }: Line): Promise<Part> => parts.start('hub', LOADER_MODULE, ['--data', data.hub]);

const buildSoftware = async ({ data, signal }: Line): Promise<undefined> => {
  const { buildFirst } = await import('./releases/first.ts');
  await buildFirst(data, signal);
};

/** What an assessment asked for and had no time to take back, is; and whoever changed the software is told what runs. */
const resumeReleases = async ({ data }: Line): Promise<void> => {
  const [{ takeBack }, { isCurrent }] = await Promise.all([
    import('./releases/kinds.ts'),
    import('./releases/software.ts'),
  ]);
  await takeBack(data);
  if (!(await isCurrent(data)))
    say('The hub runs what it was made with; this checkout has changed since. Another --data folder gets another hub.');
};

/** Modules are kept by the runtime: whoever imports them later has them at once. */
const loadWhatFollows = async (): Promise<void> => {
  await Promise.all([import('./units/factory.ts'), import('@hearthward/testbed'), import('../assessing.ts')]);
};

const makeOperator = async ({ data }: Line, services: Part): Promise<void> => {
  if (data.progressed().operatorCreated) return;
  // Where an interruption lost the password, this sets a new one.
  const { password } = await services.ask({ type: 'create-operator', name: 'operator' });
  data.keepSecret('operator-password', String(password));
  data.advance({ operatorCreated: true });
};

const makeDevice = async ({ data, progress, address, redirects, signal }: Line, services: Part): Promise<void> => {
  const [{ makeHub }, { publishFirst }] = await Promise.all([
    import('./units/factory.ts'),
    import('./releases/first.ts'),
  ]);
  progress.step('its release is signed by two, published and offered');
  await publishFirst(data);
  signal.throwIfAborted();
  progress.step(
    'the factory makes one hub: its keys on the hub itself, its identity, label and software from the factory',
  );
  await makeHub(services, data, address.panel, redirects.dialled);
  data.advance({ deviceMade: true });
};

const setUp = async (line: Line, label: KeptLabel): Promise<void> => {
  const { data, progress, signal } = line;
  const { inventPassword, setUpAsAPerson } = await import('@hearthward/testbed');
  signal.throwIfAborted();
  progress.step('setting the hub up as a person would, with the password on its label');
  // Kept before it is used: an interrupted set-up goes on with the same one, or is found to have been the last page.
  const kept = data.secret('owner-password');
  if (kept !== undefined && !(await asksForLabel(panelOf(line), label.fingerprint))) {
    data.advance({ deviceSetUp: true });
    return;
  }
  const newPassword = kept ?? inventPassword();
  data.keepSecret('owner-password', newPassword);
  const pages = await setUpAsAPerson({
    url: panelOf(line),
    fingerprint: label.fingerprint,
    labelPassword: secretIn(data, 'label-password'),
    newPassword,
    deviceName: 'Living room',
  });
  data.advance({ deviceSetUp: true });
  progress.step(`set up in ${pages} pages; the label’s password is no longer good`);
};

const TELEMETRY_WITHIN_MS = 45_000;
const TELEMETRY_ASKED_EVERY_MS = 100;
const telemetryArrives = async (services: Part, signal: AbortSignal): Promise<void> => {
  const until = performance.now() + TELEMETRY_WITHIN_MS;
  while (performance.now() < until) {
    const { telemetryMessages } = await services.ask({ type: 'status' });
    if (Number(telemetryMessages) > 0) return;
    await new Promise((next) => setTimeout(next, TELEMETRY_ASKED_EVERY_MS));
    signal.throwIfAborted();
  }
  throw badInput(
    `no telemetry arrived within ${TELEMETRY_WITHIN_MS / 1000} s though services and hub run: start again, or name an empty folder with --data`,
  );
};

const sayWhereToLook = (line: Line, services: Part, label: KeptLabel): void => {
  const { data } = line;
  const site = String(services.ready['site']);
  say(`\nDevice panel         ${panelOf(line)}   (owner; password in ${data.secretFile('owner-password')})`);
  say(`Operator console     ${site}/console   (operator; password in ${data.secretFile('operator-password')})`);
  say(`Public product page  ${site}${label.productPage}`);
  say(`Spare unit           ${urlOf(line.address.spare)}   (nobody’s: it is reset and erased in place of your hub)\n`);
};

const assessHub = async (
  line: Line,
  services: Part,
  { hub, spare, label }: { readonly hub: Part; readonly spare: Spare; readonly label: KeptLabel },
): Promise<{ readonly code: ExitCode; readonly folder: string }> => {
  const { data, options, progress, signal } = line;
  const [{ assessAndReport }, { writeTarget }] = await Promise.all([import('../assessing.ts'), import('./target.ts')]);
  const targetFile = await writeTarget({
    data,
    services,
    hub,
    panel: panelOf(line),
    label,
    hubAddress: line.address.panel.address,
    controlAddress: controlAddress(data.progressed().portBase),
    taken: line.taken,
    declaration: HUB_DECLARATION,
    site: String(services.ready['site']),
    redirects: line.redirects.redirects,
    spare: spare.target,
    thorough: options.thorough,
  });
  const without = options.thorough ? '' : ', without what takes minutes (--thorough)';
  progress.step(`assessing the running hub from outside${without}`);
  return assessAndReport({
    targetFile,
    out: join(data.evidence, stamp()),
    key: join(data.assessor, 'signing-key.pem'),
    strict: options.strict,
    quiet: false,
    onStep: (text) => progress.step(`  ${text}`),
    signal,
  });
};

const stayUp = async (folder: string, signal: AbortSignal): Promise<void> => {
  say(`Evidence             ${folder}`);
  say('Everything stays up until Ctrl-C; the next start resumes from here.');
  const reason = await aborted(signal);
  // To be ended by Ctrl-C is what it was waiting for.
  if (!(reason instanceof Interrupted)) throw reason;
};

const secretIn = (data: DataFolder, name: SecretName): string => {
  const value = data.secret(name);
  if (value === undefined) throw badInput(`${data.secretFile(name)} is missing: name another folder with --data`);
  return value;
};

const panelOf = ({ address: { panel } }: Line): string => urlOf(panel);
const urlOf = ({ address, port }: Line['address']['panel']): string => `https://${address}:${port}`;
