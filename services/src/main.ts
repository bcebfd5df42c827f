import { parseArgs } from 'node:util';
import { type Declaration, loadDeclaration, problemLine } from '@hearthward/product';
import pino from 'pino';
import { Value } from 'typebox/value';
import { ServicesFault } from './faults.ts';
import { canBeControlled, openControl } from './front/control.ts';
import type { Log } from './front/log.ts';
import { statusOf } from './registry/status.ts';
import { type FromServices, ToServices } from './front/process.ts';
import { type Listen, type Services, startServices } from './server.ts';
import type { Decided } from './updates/rollout/driver.ts';

/**
 * The services as a process of their own:
 * `node services/src/main.ts --data DIR --declaration FILE... --https ADDR:PORT --enrolment ADDR:PORT --mqtts ADDR:PORT
 * [--site URL] [--privacy-replica DIR...] [--store postgres://USER@HOST/DATABASE]`.
 * With an IPC channel it answers the messages of process.ts and ends with its parent; without one it prints its addresses.
 * Exit codes: 0 stopped as asked, 64 wrong usage, 65 what a person can mend, 70 a fault.
 */
const logger = pino({ level: process.env['HEARTHWARD_LOG'] ?? 'warn' }, pino.destination(2));
const log: Log = ({ level, event, detail, error }) => {
  const because = error === undefined ? {} : { because: error instanceof Error ? error.message : 'unknown' };
  logger[level]({ event, ...detail, ...because });
};

let services: Services | undefined;
let stopping: Promise<void> | undefined;
let closeControl = (): void => undefined;

try {
  await run();
} catch (error) {
  const fault = error instanceof ServicesFault ? error : undefined;
  const message = fault?.message ?? `a fault of ours: ${error instanceof Error ? error.message : 'unknown'}`;
  process.stderr.write(`${message.replaceAll(/\s+/g, ' ')}\n`);
  await tell({ type: 'fault', code: fault?.code ?? 'internal', message });
  process.exitCode = exitCodeOf(fault);
  if (process.connected) process.disconnect?.();
}

async function run(): Promise<void> {
  // before anything takes time: a parent that dies while we start must not leave us behind
  process.on('disconnect', () => void stop());
  process.on('SIGTERM', () => void stop());
  process.on('SIGINT', () => void stop());
  if (process.send && !process.connected) return stop();
  const options = readOptions();
  services = await startServices({ ...options, declarations: await load(options.declarations), log });
  if (stopping) return services.stop();
  if (canBeControlled(options.dataDir)) closeControl = await openControl(options.dataDir, answerTo);
  else
    log({ level: 'warn', event: 'commands-not-taken', detail: { because: 'the path of the data folder is too long' } });
  // boundary services-line: whoever started them -> ToServices, at most nothing: a line that Node inherits, else answered as unknown;
  // services/test/process.test.ts
  process.on('message', (message) => void answer(message));
  const { site, enrolment, messages, addresses, anchorsPem } = services;
  await tell({ type: 'ready', site, enrolment, messages, addresses, anchorsPem });
  if (!process.send) process.stdout.write(`${site}\n${enrolment}\n${messages}\n`);
}

function stop(): Promise<void> {
  stopping ??= (async () => {
    closeControl();
    await services?.stop();
    if (process.connected) process.disconnect?.();
    // requests that hang on shall not keep a stopped process alive
    setTimeout(() => process.exit(), 2000).unref();
  })();
  return stopping;
}

async function answer(hostile: unknown): Promise<void> {
  await tell(await answerTo(hostile));
}

/** What a parent asks over its line, and what a command asks through the socket in the data folder. */
async function answerTo(hostile: unknown): Promise<FromServices> {
  if (!services || !Value.Check(ToServices, hostile)) return refusal('message-invalid', 'not a message of ours');
  const id = hostile.id === undefined ? {} : { id: hostile.id };
  try {
    return { ...(await outcome(services, hostile)), ...id };
  } catch (error) {
    const code = error instanceof ServicesFault ? error.code : 'internal';
    log({ level: 'error', event: 'message-failed', detail: { type: hostile.type, code }, error });
    return { ...refusal(code, error instanceof Error ? error.message : 'unknown'), ...id };
  }
}

async function outcome(running: Services, message: ToServices): Promise<FromServices> {
  switch (message.type) {
    case 'make-device': {
      const { request, operator = 'station', batch = 'default', address } = message;
      const made = await running.factory.makeDevice(request, { operator, batch, ...(address ? { address } : {}) });
      return made.ok
        ? { type: 'device-made', bundle: made.bundle, label: made.label }
        : refusal(made.code, made.because);
    }
    case 'create-operator':
      return {
        type: 'operator-created',
        name: message.name,
        password: await running.operators.createOperator(message.name),
      };
    case 'sample-passwords':
      return { type: 'sample-passwords', csv: await running.factory.samplePasswords(message.n) };
    case 'status':
      return { type: 'status', ...(await statusOf(running.store.db)) };
    case 'keys':
      return { type: 'keys', keys: await running.keys.list() };
    case 'rotate-key': {
      const { key, who, why, operator } = message;
      const rotated = await running.keys.rotate(key, { who, why, ...(operator === undefined ? {} : { operator }) });
      if (!rotated.ok) return refusal(rotated.code, rotated.because);
      return { type: 'key-rotated', key, ...(rotated.password === undefined ? {} : { password: rotated.password }) };
    }
    case 'algorithms':
      return { type: 'algorithms', algorithms: await running.algorithms.all() };
    case 'choose-algorithm': {
      const { algorithm, refuseFrom, who } = message;
      const { prefer, refuse } = running.algorithms;
      const chosen = refuseFrom === undefined ? await prefer(algorithm, who) : await refuse(algorithm, refuseFrom, who);
      return chosen.ok ? { type: 'algorithm-chosen', algorithm } : refusal(chosen.code, chosen.because);
    }
    case 'begin-rollout':
      return rolloutOutcome(await running.rollouts.begin(message));
    case 'decide-rollout':
      return rolloutOutcome(await running.rollouts.decide(message));
    case 'rollouts':
      return { type: 'rollouts', rollouts: await running.rollouts.list() };
    case 'choose-lasting': {
      const chosen = await running.lasting.choose(message.seconds, message.who);
      return chosen.ok ? { type: 'lasting-chosen', seconds: chosen.seconds } : refusal(chosen.code, chosen.because);
    }
    case 'held':
      return running.held(message.device, message);
    case 'pass-sealed':
      return running.privacy.pass(message);
    case 'erasures':
    case 'confirm-party':
    case 'hold':
    case 'release-hold':
    case 'backup':
    case 'backups':
    case 'dropped':
    case 'backup-gone':
      return running.privacy.command(message);
    case 'stop':
      await stop();
      return { type: 'stopped' };
  }
}

const rolloutOutcome = (decided: Decided): FromServices =>
  decided.ok
    ? {
        type: 'rollout-decided',
        rollout: decided.rollout,
        ...(decided.unsigned === undefined ? {} : { unsigned: decided.unsigned }),
      }
    : refusal(decided.code, decided.because);

const refusal = (code: string, because: string): FromServices => ({ type: 'refused', code, because });

/** Resolves when the parent's channel has taken it; a parent that is gone needs no answer. */
function tell(message: FromServices): Promise<void> {
  return new Promise((resolve) => {
    if (!process.send || !process.connected) resolve();
    else process.send(message, undefined, {}, () => resolve());
  });
}

function readOptions() {
  const { values } = parse();
  const { data, declaration, https, enrolment, mqtts, site, store, 'privacy-replica': privacyReplicas = [] } = values;
  if (!data || !declaration?.length || !https || !enrolment || !mqtts)
    throw new ServicesFault('usage', '--data, --declaration, --https, --enrolment and --mqtts are needed');
  return {
    dataDir: data,
    declarations: declaration,
    privacyReplicas,
    listen: { https: listenIn(https), enrolment: listenIn(enrolment), mqtts: listenIn(mqtts) },
    ...(site === undefined ? {} : { site: siteIn(site) }),
    ...(store === undefined ? {} : { store }),
  };
}

function parse() {
  try {
    // boundary services-arguments: the command line -> parse, at most 128 KiB, as Linux bounds an argument, else exit code 64;
    // services/test/process.test.ts
    return parseArgs({
      options: {
        data: { type: 'string' },
        declaration: { type: 'string', multiple: true },
        https: { type: 'string' },
        enrolment: { type: 'string' },
        mqtts: { type: 'string' },
        site: { type: 'string' },
        'privacy-replica': { type: 'string', multiple: true },
        store: { type: 'string' },
      },
    });
  } catch (error) {
    throw new ServicesFault('usage', error instanceof Error ? error.message : 'wrong options', error);
  }
}

function listenIn(text: string): Listen {
  const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text) ?? [];
  const address = bracketed ?? plain;
  if (!address || Number(port) > 65_535) throw new ServicesFault('usage', `${text} is not ADDRESS:PORT`);
  return { address, port: Number(port) };
}

function siteIn(text: string): string {
  if (!URL.canParse(text) || new URL(text).protocol !== 'https:')
    throw new ServicesFault('usage', `${text} is not an https address`);
  return text;
}

async function load(files: readonly string[]): Promise<Declaration[]> {
  const declarations: Declaration[] = [];
  for (const file of files) {
    const loaded = await loadDeclaration(file);
    if (!loaded.ok) {
      const [first] = loaded.problems;
      throw new ServicesFault('declaration-invalid', first ? problemLine(first) : file);
    }
    declarations.push(loaded.declaration);
  }
  return declarations;
}

/** sysexits.h, as the command line's documentation has it */
function exitCodeOf(fault: ServicesFault | undefined): number {
  switch (fault?.code) {
    case undefined:
      return 70;
    case 'usage':
      return 64;
    default:
      return 65;
  }
}
