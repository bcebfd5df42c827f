import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { assessAndReport } from '../assessing.ts';
import { badInput, EXIT, type ExitCode } from '../exit.ts';
import { Progress, say } from '../print.ts';
import { stamp } from '../program.ts';
import { openDataFolder } from './data-folder.ts';
import { makeHub } from './factory.ts';
import { inventPassword, setUpAsAPerson } from '@hearthward/testbed';
import { startPart, type Part } from './processes.ts';
import { writeTarget } from './target.ts';

/**
 * The whole line, end to end. Every part is a process of its own and is driven from outside: the services and the hub
 * over the doors that they have for everybody, the set-up through the panel's pages, the assessment from a target
 * file that names no more than an owner would tell a laboratory.
 */
export interface StartOptions {
  readonly once: boolean;
  readonly data: string;
  readonly portBase: number;
  readonly strict: boolean;
}

const HUB_MODULE = import.meta.resolve('@hearthward/example-hub/hub');
const HUB_DECLARATION = import.meta.resolve('@hearthward/example-hub');
const SERVICES_MODULE = import.meta.resolve('@hearthward/services/main');

/** Linux answers on all of 127/8: the hub gets an address of its own, so that what listens there is the hub's. */
const HUB_ADDRESS = process.platform === 'linux' ? '127.0.0.2' : '127.0.0.1';
const CONTROL_ADDRESS = process.platform === 'linux' ? '127.0.0.3' : undefined;

export const start = async (options: StartOptions): Promise<ExitCode> => {
  const progress = new Progress();
  const data = openDataFolder(resolve(options.data));
  const parts: Part[] = [];
  const stopping = new AbortController();
  const onSignal = () => stopping.abort();
  process.once('SIGINT', onSignal);
  process.once('SIGTERM', onSignal);
  try {
    const address = {
      https: `127.0.0.1:${options.portBase}`,
      mqtts: `127.0.0.1:${options.portBase + 1}`,
      panel: { address: HUB_ADDRESS, port: options.portBase + 2 },
    };
    progress.step('starting the manufacturer’s services (embedded store)');
    const services = await startPart(
      'services',
      pathOf(SERVICES_MODULE),
      [
        '--data',
        data.services,
        '--declaration',
        pathOf(HUB_DECLARATION),
        '--https',
        address.https,
        '--mqtts',
        address.mqtts,
      ],
      (line) => progress.passing(line),
    );
    parts.push(services);
    const site = String(services.ready['site']);

    if (!data.progressed().operatorCreated) {
      const { password } = await services.ask({ type: 'create-operator', name: 'operator' }, 'operator-created');
      data.keepSecret('operator-password', String(password));
      data.advance({ operatorCreated: true });
    }
    if (!data.progressed().deviceMade) {
      progress.step('the factory makes one hub: its keys on the hub itself, its identity and label from the factory');
      await makeHub(services, data, address.panel);
      data.advance({ deviceMade: true });
    }
    progress.step('starting the hub');
    const hub = await startPart('hub', pathOf(HUB_MODULE), ['--data', data.hub], (line) => progress.passing(line));
    parts.push(hub);
    const panel = `https://${address.panel.address}:${address.panel.port}`;
    const label = labelOf(data.public);

    if (!data.progressed().deviceSetUp) {
      progress.step('setting the hub up as a person would, with the password on its label');
      const newPassword = inventPassword();
      data.keepSecret('owner-password', newPassword);
      const pages = await setUpAsAPerson({
        url: panel,
        fingerprint: label.fingerprint,
        labelPassword: must(data.secret('label-password')),
        newPassword,
        deviceName: 'Living room',
      });
      data.advance({ deviceSetUp: true });
      progress.step(`set up in ${pages} pages; the label’s password is no longer good`);
    }
    progress.step('waiting until the hub is enrolled and its telemetry arrives');
    await telemetryArrives(services, stopping.signal);

    say(`\nDevice panel         ${panel}   (owner; password in ${data.secretFile('owner-password')})`);
    say(`Operator console     ${site}/console   (operator; password in ${data.secretFile('operator-password')})`);
    say(`Public product page  ${site}${String(label.productPage)}\n`);

    const targetFile = await writeTarget({
      data,
      services,
      panel,
      label,
      hubAddress: HUB_ADDRESS,
      controlAddress: CONTROL_ADDRESS,
      declaration: pathOf(HUB_DECLARATION),
      site,
    });
    progress.step('assessing the running hub from outside');
    const { code, folder } = await assessAndReport({
      targetFile,
      out: join(data.evidence, stamp()),
      key: join(data.assessor, 'signing-key.pem'),
      strict: options.strict,
      quiet: false,
      onStep: (text) => progress.step(`  ${text}`),
      signal: stopping.signal,
    });
    if (options.once) {
      await stopAll(parts, progress);
      say(folder);
      return code;
    }
    say(`Evidence             ${folder}`);
    say('Everything stays up until Ctrl-C; the next start resumes from here.');
    const fallen = await Promise.race([
      untilAborted(stopping.signal),
      ...parts.map(async (part) => (await part.ended, part.name)),
    ]);
    if (fallen !== undefined)
      throw badInput(`${fallen} ended by itself: see its last lines above, then start again, nothing is lost`);
    return EXIT.done;
  } finally {
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
    await stopAll(parts, progress);
  }
};

const stopAll = async (parts: Part[], progress: Progress): Promise<void> => {
  if (parts.length === 0) return;
  progress.step('stopping what was started');
  for (const part of parts.splice(0).reverse()) await part.stop();
};

const TELEMETRY_WITHIN_MS = 45_000;
const telemetryArrives = async (services: Part, signal: AbortSignal): Promise<void> => {
  const until = Date.now() + TELEMETRY_WITHIN_MS;
  while (Date.now() < until && !signal.aborted) {
    const { telemetryMessages } = await services.ask({ type: 'status' }, 'status');
    if (Number(telemetryMessages) > 0) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  if (!signal.aborted)
    throw badInput(
      `no telemetry arrived within ${TELEMETRY_WITHIN_MS / 1000} s: the hub’s own log says why (${services.name} is up); start again to try once more`,
    );
};

export interface KeptLabel {
  readonly fingerprint: string;
  readonly serial: string;
  readonly model: string;
  readonly productPage: string;
}
const labelOf = (folder: string): KeptLabel => {
  const file = join(folder, 'label.json');
  if (!existsSync(file)) throw badInput(`${file} is missing: the data folder is not whole, name another with --data`);
  return JSON.parse(readFileSync(file, 'utf8')) as KeptLabel;
};

const untilAborted = (signal: AbortSignal): Promise<undefined> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    else signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });

const pathOf = (url: string): string => new URL(url).pathname;

const must = (value: string | undefined): string => {
  if (value === undefined) throw badInput('the data folder has lost a password file: name another folder with --data');
  return value;
};
