import { readFileSync, statSync } from 'node:fs';
import { Command } from 'commander';
import type { ErasureStatement, PlaceReport } from '@hearthward/protocol';
import { asked } from '../asking.ts';
import { badInput } from '../exit.ts';
import { jsonOption } from '../options.ts';
import { json, paint, say, table } from '../print.ts';
import { openSealed, sealed, sealingKey } from './sealed.ts';

/** Personal data that was erased: what is confirmed, what is under way, and what people have to do for it. */

interface Shown {
  readonly data: string;
  readonly json?: boolean;
}
interface Recorded extends Shown {
  readonly who: string;
  readonly why: string;
}

export const privacyCommand = (): Command => {
  const command = new Command('privacy').description('people’s data: erasures, their confirmations, legal holds');
  for (const each of [held, verify, erasures, dropped, confirmParty, hold, release, sealed, openSealed, sealingKey])
    command.addCommand(each());
  return command;
};

const held = (): Command =>
  recorded('held')
    .description('all that the services hold of a device and of its people; who asks and why is on record before')
    .argument('<device>', 'its id, or the serial number on its label')
    .addHelpText(
      'after',
      `
Prints each value with its field and the time of the device; with --json a list of { field, at, value }, as an assessor's
target file asks for. What is sealed to a party is named by its item, with { sealedTo }: nobody here can read it. At most the newest 10,000 values of what is nobody's, and 10,000 of what is somebody's.

Example:
  hearthward privacy held HW0000000001 --data ./services --who Alice --why "request 12, access"`,
    )
    .action(async (device: string, options: Recorded) => {
      const { data, who, why } = options;
      const { values, cut } = await asked(data, { type: 'held', device, who, why });
      if (cut) process.stderr.write('hearthward: there is more than is printed\n');
      if (options.json) return json(values);
      const rows = values.map(({ field, at, value, sealedTo }) => [
        field,
        at,
        sealedTo === undefined ? String(value) : `sealed to ${sealedTo}, not readable here`,
      ]);
      say(values.length === 0 ? 'nothing' : table(['field', 'at', 'value'], rows));
    });

const verify = (): Command =>
  new Command('verify')
    .description('whether a confirmation of an erasure is the manufacturer’s, and what it says')
    .argument('<file>', 'the confirmation, as the device, the account page or the manufacturer gave it (JSON)')
    .requiredOption('--roots <file>', 'certificates of the manufacturer’s roots (PEM)')
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Needs nothing but the two files. Exit code 65, with the reason in one line, where it is not to be believed.

Example:
  hearthward privacy verify confirmation.json --roots roots.pem`,
    )
    .action(async (file: string, options: { roots: string; json?: boolean }) => {
      const { verifyConfirmation } = await import('@hearthward/protocol');
      const roots = readSmall(options.roots).match(CERTIFICATE) ?? [];
      if (roots.length === 0) throw badInput(`${options.roots} has no certificate: bring the roots as PEM`);
      const verified = verifyConfirmation(jsonIn(file), roots);
      if (!verified.ok) throw badInput(`${file} is not to be believed: ${verified.because} (${verified.code})`);
      if (options.json) return json({ statement: verified.statement, signer: verified.signer });
      say(wordsOf(verified.statement, verified.signer.serial));
    });

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

const wordsOf = (
  { kind, id, manufacturer, product, requestedAt, at, places }: ErasureStatement,
  serial: string,
): string => {
  const left = places.filter(({ state }) => state !== 'erased');
  return [
    `${paint('green', 'True')}: ${manufacturer} confirms for ${product} the erasure ${id},`,
    `asked ${requestedAt}, confirmed ${at}, signed with certificate ${serial}.`,
    ...places.map((each) => `  ${placeName(each.place).padEnd(28)} ${sentence(each)}`),
    ...(left.length === 0
      ? [kind === 'expired' ? 'Nothing remains, in backups neither.' : 'Nothing remains.']
      : left.map(
          ({ place, until }) => `Remains in ${placeName(place)}${until === undefined ? '' : ` until ${until}`}.`,
        )),
  ].join('\n');
};

const placeName = (place: PlaceReport['place']): string => {
  const [kind, name] = place.split(':');
  return name === undefined ? place : `${kind} ${name}`;
};

const sentence = ({ state, at, until, because }: PlaceReport): string => {
  const to = until === undefined ? '' : ` until ${until}`;
  const why = because === undefined ? '' : `: ${because}`;
  switch (state) {
    case 'erased':
      return `erased ${at}`;
    case 'unreadable':
      return `nobody can read it since ${at}; the last one is there${to}`;
    case 'held':
      return `kept by law${to}${why}`;
    case 'waiting':
      return `waited for${why}`;
    case 'failed':
      return `failed, and is tried again${why}`;
  }
};

const erasures = (): Command =>
  new Command('erasures')
    .description('erasures that are under way, place by place, with what they wait for')
    .requiredOption('--data <folder>', 'data folder of the running services')
    .option('--all', 'those that are over too, newest first, 500 at most')
    .option('--late', 'only those in which somebody has had their declared time and has not said that it is done')
    .addOption(jsonOption())
    .addHelpText('after', '\nExample:\n  hearthward privacy erasures --data ./services')
    .action(async ({ data, all = false, late: isLate, json: asJson }: Shown & { all?: boolean; late?: boolean }) => {
      const { erasures: listed } = await asked(data, { type: 'erasures', all });
      const found = listed.filter(({ late }) => !isLate || late.length > 0);
      if (asJson) return json(found);
      const rows = found.flatMap(({ id, askedAt, state, places, late }) =>
        places.map((each, index) => [
          index === 0 ? id : '',
          index === 0 ? new Date(askedAt).toISOString() : '',
          index === 0 ? state : '',
          placeName(each.place),
          sentence(each) + lateness(late.find(({ place }) => place === each.place)),
        ]),
      );
      say(found.length === 0 ? 'none' : table(['erasure', 'asked', 'state', 'place', ''], rows));
    });

const dropped = (): Command =>
  new Command('dropped')
    .description('tables of personal data that were dropped because their time was over: item, day, rows, due and done')
    .requiredOption('--data <folder>', 'data folder of the running services')
    .option('--item <id>', 'of one item of the declaration')
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
An item has a table for each day, which goes whole: nothing of a day is left when its first moment was kept as long as is declared.
Newest first, 10,000 at most.

Example:
  hearthward privacy dropped --data ./services --item climate`,
    )
    .action(async ({ data, item, json: asJson }: Shown & { item?: string }) => {
      const { dropped: found } = await asked(data, { type: 'dropped', ...(item === undefined ? {} : { item }) });
      if (asJson) return json(found);
      const rows = found.map((each) => [
        each.product,
        each.item,
        each.day,
        `${each.retentionDays}`,
        `${each.rows}`,
        each.dueAt,
        each.droppedAt,
      ]);
      const head = ['product', 'item', 'measured on', 'kept days', 'values', 'due', 'dropped'];
      say(found.length === 0 ? 'none' : table(head, rows));
    });

const lateness = (late: { readonly since: number } | undefined): string =>
  late ? `; ${paint('red', 'late')} since ${new Date(late.since).toISOString()}` : '';

const recorded = (name: string): Command =>
  new Command(name)
    .requiredOption('--data <folder>', 'data folder of the running services')
    .requiredOption('--who <people>', 'who says so, for the record')
    .requiredOption('--why <reason>', 'how it is known, for the record: ten letters at least')
    .addOption(jsonOption());

const confirmParty = (): Command =>
  recorded('confirm-party')
    .description('records what a party answered that is asked by people: it has erased, or a law binds it')
    .argument('<erasure>', 'as `privacy erasures` names it')
    .argument('<party>', 'id of the declaration’s dataParties')
    .option('--held-until <date>', 'ISO 8601: a law binds it until then')
    .option('--law <law>', 'with --held-until: which')
    .addHelpText(
      'after',
      '\nExample:\n  hearthward privacy confirm-party Zm9vYmFyZm9vYmFyZm9vYg payments --data ./services --who Alice --why "their letter of 3 May"',
    )
    .action(async (erasure: string, party: string, options: Recorded & { heldUntil?: string; law?: string }) => {
      const { data, who, why, heldUntil, law } = options;
      if ((heldUntil === undefined) !== (law === undefined)) throw badInput('--held-until and --law go together');
      const held = heldUntil === undefined || law === undefined ? {} : { held: { until: heldUntil, law } };
      await asked(data, { type: 'confirm-party', erasure, party, ...held, who, why });
      done(options, 'recorded');
    });

const hold = (): Command =>
  recorded('hold')
    .description(
      'keeps one person’s data at the services although its erasure is asked, as a law orders; the confirmation names it',
    )
    .argument('<subject>', 'the pseudonym')
    .requiredOption('--law <law>', 'which law')
    .requiredOption('--until <date>', 'ISO 8601: when it ends')
    .addHelpText('after', '\nWhat was erased before stays erased. The rest is erased when the hold ends, by itself.')
    .action(async (subject: string, options: Recorded & { law: string; until: string }) => {
      const { data, law, until, who, why } = options;
      await asked(data, { type: 'hold', subject, law, until, who, why });
      done(options, `held until ${until}`);
    });

const release = (): Command =>
  recorded('release')
    .description('ends a legal hold before its time; what was asked to be erased is erased now')
    .argument('<subject>', 'the pseudonym')
    .action(async (subject: string, options: Recorded) => {
      const { data, who, why } = options;
      await asked(data, { type: 'release-hold', subject, who, why });
      done(options, 'released');
    });

const done = ({ json: asJson }: Shown, words: string): void => (asJson ? json({ done: words }) : say(words));

const LONGEST = 1_048_576;
const readSmall = (file: string): string => {
  if (statSync(file).size > LONGEST) throw badInput(`${file} is longer than any confirmation`);
  return readFileSync(file, 'utf8');
};

const jsonIn = (file: string): unknown => {
  try {
    // boundary confirmation-file: whoever hands over a confirmation -> Confirmation, at most LONGEST, else says what is wrong;
    // cli/test/privacy.test.ts
    return JSON.parse(readSmall(file));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw badInput(`${file} is no JSON: bring the confirmation as it was given`);
  }
};
