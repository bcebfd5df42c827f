import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import type { RolloutStatus } from '@hearthward/services/desk';
import { asked } from '../asking.ts';
import { withMendable } from '../commands/ceremony.ts';
import { badInput, wrongUsage } from '../exit.ts';
import { json, paint, say, table } from '../print.ts';
import { type InData, inData, publishedIn, readSmall, repeated } from './room.ts';

/** Releases on their way through a fleet, by the services that run: begun, halted, approved, resumed. */

interface Deciding extends InData {
  readonly product?: string;
  readonly who: string;
}

const deciding = (name: string, why: '--why' | '--because'): Command =>
  inData(name)
    .option('--product <id>', 'product line; not needed where there is one')
    .requiredOption('--who <person>', 'who decides it, for the record')
    .requiredOption(`${why} <reason>`, 'why, for the record: ten letters at least');

export const stageCommand = (): Command =>
  deciding('stage', '--why')
    .description('begins to offer a published release to the fleet, stage by stage')
    .argument('<release>', 'its version, or the folder that it was published from')
    .option('--plan <file>', 'JSON: stages and thresholds; the usual plan where absent (docs/ceremonies.md)')
    .addOption(repeated('--tester <device>', 'id of a device that is offered it from the first stage on'))
    .addHelpText(
      'after',
      '\nExample:\n  hearthward release stage 1.2.0 --plan careful.json --data ./services --who Dora --why "release of March"\n\nThe services must run; they halt it by themselves where too many devices fail, and open each next stage.',
    )
    .action(
      async (
        release: string,
        options: Deciding & { plan?: string; tester: readonly string[]; why: string },
      ): Promise<void> => {
        const { USUAL_PLAN } = await import('@hearthward/services/desk');
        const named = await namedBy(release);
        const { who, why, tester, plan } = options;
        const product = named.product ?? (await productIn(options));
        const chosen = plan === undefined ? USUAL_PLAN : planIn(plan);
        const begin = { type: 'begin-rollout', product, version: named.version, plan: chosen } as const;
        tell(await asked(options.data, { ...begin, testers: [...tester], who, why }), options);
      },
    );

export const haltCommand = (): Command =>
  deciding('halt', '--because')
    .description('withdraws a release from every device that has not begun to switch to it')
    .argument('<version>', 'as `release status` shows it')
    .addHelpText(
      'after',
      '\nExample:\n  hearthward release halt 1.2.0 --data ./services --who Emil --because "hubs lose their sensors"',
    )
    .action((version: string, options: Deciding & { because: string }) =>
      decide('halt', version, options, options.because),
    );

export const approveCommand = (): Command =>
  deciding('approve', '--why')
    .description(
      'lets a rollout that waits for a person go on; where its plan asks for it, another one than who began it',
    )
    .argument('<version>', 'as `release status` shows it')
    .action((version: string, options: Deciding & { why: string }) => decide('approve', version, options, options.why));

export const resumeCommand = (): Command =>
  deciding('resume', '--why')
    .description('offers a halted release again, where it no longer fails')
    .argument('<version>', 'as `release status` shows it')
    .action((version: string, options: Deciding & { why: string }) => decide('resume', version, options, options.why));

const decide = async (
  act: 'halt' | 'approve' | 'resume',
  version: string,
  options: Deciding,
  why: string,
): Promise<void> => {
  const { data, who } = options;
  const product = await productIn(options);
  tell(await asked(data, { type: 'decide-rollout', act, product, version, who, why }), options);
};

const tell = (
  { rollout, unsigned }: { readonly rollout: RolloutStatus; readonly unsigned?: string },
  options: Deciding,
): void => {
  if (options.json) json({ ...rollout, ...(unsigned === undefined ? {} : { unsigned }) });
  else printRollouts([rollout]);
  if (unsigned !== undefined)
    throw badInput(`decided, and no device knows of it: ${unsigned}; the services try again each minute`);
};

/** A release's folder knows whose it is. */
const namedBy = async (release: string): Promise<{ readonly version: string; readonly product?: string }> => {
  const { readReleaseFolder, RELEASE_FILE } = await import('@hearthward/services/desk');
  if (!existsSync(join(release, RELEASE_FILE))) return { version: release };
  const read = await withMendable(() => readReleaseFolder(release));
  if (!read.ok) throw badInput(`${release}: ${read.because}; name the version`);
  return read.value.release;
};

const productIn = async ({ data, product }: Deciding): Promise<string> => {
  if (product !== undefined) return product;
  const { productsIn } = await import('@hearthward/services/desk');
  const products = productsIn((await withMendable(() => publishedIn(data))).targets);
  const [only] = products;
  if (only === undefined || products.length > 1)
    throw wrongUsage(`there are ${products.length} product lines: --product ${products.join(' or ')}`);
  return only;
};

const planIn = (file: string): unknown => {
  try {
    // boundary rollout-plan: a file that the release manager names -> RolloutPlan, at most 64 KiB, as small files are read, else says what is wrong;
    // cli/test/rollout.test.ts
    return JSON.parse(readSmall(file));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw badInput(`${file} is no JSON: write it as docs/ceremonies.md shows`);
  }
};

/** What `release status` shows of them too. */
export const printRollouts = (rollouts: readonly RolloutStatus[]): void => {
  const head = ['rollout', 'phase', 'stage', 'offered to', 'begun', 'well', 'failed', 'silent', 'failures between'];
  const rows = rollouts.map(({ product, version, phase, stage, counts }) => [
    `${product} ${version}`,
    phase,
    `${stage.at} of ${stage.of}`,
    phase === 'halted' ? 'nobody' : percent(stage.below / 10_000),
    ...[counts.begun, counts.confirmed, counts.failed, counts.silent].map(String),
    `${percent(counts.failures.low)} and ${percent(counts.failures.high)}`,
  ]);
  say(table(head, rows));
  for (const rollout of rollouts) say(`${rollout.product} ${rollout.version}: ${whyOf(rollout)}${nextOf(rollout)}`);
};

const whyOf = ({ phase, why }: RolloutStatus): string => {
  if (!why) return '';
  switch (why.because) {
    case 'failures':
      return `${paint('red', 'halted')}, too many devices fail; `;
    case 'failures-of-one-model':
      return `${paint('red', 'halted')}, too many devices of batch ${why.model ?? 'unknown'} fail; `;
    case 'person':
      return `${paint('red', 'halted')} by ${why.by ?? 'somebody'}; `;
    case 'planned':
      return phase === 'awaiting-approval' ? 'the plan asks for a second person; ' : '';
    case 'too-few-devices':
      return 'too few devices to show that it is good; ';
  }
};

const nextOf = ({ next, phase, version }: RolloutStatus): string => {
  switch (next.kind) {
    case 'stage':
      return `next ${percent(next.below / 10_000)}, from ${next.from}${next.approval ? ', once somebody approves' : ''}`;
    case 'evidence':
      return `next ${percent(next.below / 10_000)}, once enough devices are well; a person is asked at ${next.until}`;
    case 'complete':
      return `complete from ${next.from}`;
    case 'approval':
      return `\`hearthward release approve ${version}\` for ${percent(next.below / 10_000)}, or \`release halt\``;
    case 'person':
      return `mend it and publish a newer one, or \`hearthward release resume ${version}\``;
    case 'none':
      return phase === 'complete' ? 'every device is offered it' : '';
  }
};

const percent = (share: number): string => `${Number((share * 100).toPrecision(3))} %`;
