import { Command } from 'commander';
import { asked } from '../asking.ts';
import { badInput } from '../exit.ts';
import { jsonOption } from '../options.ts';
import { json, say, table } from '../print.ts';

/** Keys, algorithms and certificates of services that run, asked for through the socket in their data folder. */

interface Shown {
  readonly data: string;
  readonly json?: boolean;
}

const shown = (name: string): Command =>
  new Command(name).requiredOption('--data <folder>', 'data folder of the running services').addOption(jsonOption());
const recorded = (name: string): Command => shown(name).requiredOption('--who <people>', 'who does it, for the record');

export const keysCommand = (): Command => {
  const command = new Command('keys').description('the keys of the running services (docs/keys.md)');
  command.addCommand(
    shown('list')
      .description('every key: what it is for, whether it is replaced by hand, and when it was last')
      .action(async ({ data, json: asJson }: Shown) => {
        const { keys } = await asked(data, { type: 'keys' });
        if (asJson) return json(keys);
        const rows = keys.map(({ id, rotates, rotated, purpose }) => [
          id,
          rotates ? 'yes' : '',
          rotated ?? '',
          purpose,
        ]);
        say(table(['key', 'by hand', 'last', 'purpose'], rows));
      }),
  );
  command.addCommand(
    recorded('rotate')
      .description('makes a key anew while the services go on; on record with person and reason')
      .argument('<key>', 'as `list` names it')
      .requiredOption('--why <reason>', 'why, for the record')
      .option('--operator <name>', 'whose password, with operator-password: printed once')
      .addHelpText(
        'after',
        '\nExample:\n  hearthward services keys rotate server --data ./services --who Alice --why "yearly rotation"',
      )
      .action(async (key: string, options: Shown & { who: string; why: string; operator?: string }) => {
        const { data, json: asJson, who, why, operator } = options;
        const rotated = await asked(data, { type: 'rotate-key', key, who, why, ...(operator ? { operator } : {}) });
        if (asJson) return json({ key: rotated.key, ...(rotated.password ? { password: rotated.password } : {}) });
        say(rotated.password ?? `rotated: ${rotated.key}`);
      }),
  );
  return command;
};

/** Where devices are told nothing sooner, this is when the last of them asks (docs/decisions/0019). */
const LATENCY =
  'Devices take it when they renew: after 60 to 68 of the 90 days of a certificate, or when their owner has new keys made.';

export const algorithmsCommand = (): Command => {
  const command = new Command('algorithms').description('which algorithms devices shall use, and which are refused');
  command.addCommand(
    shown('list')
      .description('the registry with its dates, the choices made, and how many devices use what')
      .action(async ({ data, json: asJson }: Shown) => {
        const { algorithms } = await asked(data, { type: 'algorithms' });
        if (asJson) return json(algorithms);
        const rows = algorithms.map((each) => [
          each.use,
          each.algorithm,
          each.wanted ? 'wanted' : each.status,
          each.deprecatedFrom ?? '',
          each.refusedFrom ?? '',
          each.devices === undefined ? '' : String(each.devices),
          each.source,
        ]);
        say(table(['use', 'algorithm', 'status', 'deprecated from', 'refused from', 'devices', 'source'], rows));
      }),
  );
  command.addCommand(
    recorded('prefer')
      .description('devices are told to use this one from now on')
      .argument('<algorithm>', 'of signature or sealing, as `list` names it')
      .addHelpText(
        'after',
        `\n${LATENCY}\n\nExample:\n  hearthward services algorithms prefer ed25519 --data ./services --who Alice`,
      )
      .action(async (algorithm: string, { data, json: asJson, who }: Shown & { who: string }) => {
        await asked(data, { type: 'choose-algorithm', algorithm, who });
        if (asJson) return json({ algorithm });
        say(`preferred: ${algorithm}. ${LATENCY}`);
      }),
  );
  command.addCommand(
    recorded('refuse')
      .description('no key of this signature algorithm is accepted from then on; such a device makes a new one')
      .argument('<algorithm>', 'as `list` names it')
      .option('--from <date>', 'ISO 8601; now where absent')
      .action(async (algorithm: string, options: Shown & { who: string; from?: string }) => {
        const { data, json: asJson, who, from } = options;
        const refuseFrom = from === undefined ? Date.now() : Date.parse(from);
        if (Number.isNaN(refuseFrom)) throw badInput(`${from} is no date: write it as 2030-01-31`);
        await asked(data, { type: 'choose-algorithm', algorithm, refuseFrom, who });
        if (asJson) return json({ algorithm, refusedFrom: new Date(refuseFrom).toISOString() });
        say(`refused from ${new Date(refuseFrom).toISOString()}: ${algorithm}`);
      }),
  );
  return command;
};

/** `usual` takes back what was chosen. */
export const certificatesCommand = (): Command => {
  const command = new Command('certificates').description('the certificates that devices are given');
  command.addCommand(
    recorded('last')
      .description(
        'how long those last that are issued from now on, until the services are stopped; never longer than usual',
      )
      .argument('<seconds>', '10 at least, or `usual`')
      .addHelpText(
        'after',
        '\nA device renews after two thirds of a life: a short one shows whether it does. What was issued keeps its end.\n\nExample:\n  hearthward services certificates last 3600 --data ./services --who Alice',
      )
      .action(async (given: string, { data, json: asJson, who }: Shown & { who: string }) => {
        if (given !== 'usual' && !/^[1-9]\d{0,8}$/.test(given)) throw badInput(`${given} is no number of seconds`);
        const wanted = given === 'usual' ? {} : { seconds: Number(given) };
        const { seconds } = await asked(data, { type: 'choose-lasting', ...wanted, who });
        if (asJson) return json({ seconds });
        say(`certificates issued from now on last ${seconds} s`);
      }),
  );
  return command;
};
