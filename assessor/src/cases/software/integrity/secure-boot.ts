import { Type, type Static } from 'typebox';
import type { Declaration } from '@hearthward/product';
import type { Case, Judgement, Probe, Seen } from '../../../model.ts';
import { lacking } from '../../lacking.ts';
import { fail, idsOf, of, open, pass, readEvidence, weigh, type Part, type Reading } from '../../access/evidence.ts';
import { ALTERING_KINDS, placesOf, readUntil, readyToAlter, shownOf, whileAltered, WHOLE } from './altering.ts';

/** What the running system shows of how it was started, in the formats of Linux and of UEFI. */
const Started = Type.Object(
  {
    /** UEFI 2.10, 3.3: the variable SecureBoot; `none`: the firmware has none, or it is not UEFI */
    firmware: Type.Enum(['on', 'off', 'none'] as const),
    /** the root is mounted from a device that dm-verity holds against its hash tree, and is not written */
    verifiedRoot: Type.Boolean(),
    /** kernel_lockdown(7) */
    lockdown: Type.Enum(['integrity', 'confidentiality', 'none'] as const),
  },
  { additionalProperties: false },
);
type Started = Static<typeof Started>;
const KINDS = { ...ALTERING_KINDS, started: Started };
type Rows = ReturnType<typeof readEvidence<typeof KINDS>>['rows'];
type Mechanism = Declaration['secureBoot'][number];

export const secureBoot: Case = {
  id: 'secure-boot',
  topic: 'secure-boot',
  title:
    'Reads from the running system how it was started; has a laboratory change one byte of the software, switches the product on, and looks whether what was changed runs.',
  ready: (declaration, target) => {
    if (declaration.secureBoot.length === 0) return { ok: false, because: 'no secure boot is declared' };
    if (target.artefacts?.runningSystem !== undefined) return { ok: true };
    const able = readyToAlter(declaration, target);
    if (!able.ok) return able;
    return canStart(target)
      ? { ok: true }
      : { ok: false, because: lacking(target, '/handling', 'how software is altered and the power is switched') };
  },
  effect: 'disturbing',
  putsBack: true,
  observe,
  judge,
};

const canStart = (target: Probe['target']): boolean =>
  target.handling?.powerCycle !== undefined && placesOf(target).some(({ what }) => what === 'software');

async function observe(probe: Probe): Promise<void> {
  if (probe.target.artefacts?.runningSystem !== undefined) probe.record('started', WHOLE, await startedAs(probe));
  const shown = shownOf(probe.declaration);
  if (shown === undefined || !readyToAlter(probe.declaration, probe.target).ok || !canStart(probe.target)) return;
  const whole = await readUntil(probe, shown, WHOLE, 'whole', { wanted: ['whole'], seconds: probe.patienceSeconds });
  if (whole !== 'whole') return;
  for (const place of placesOf(probe.target).filter(({ what }) => what === 'software'))
    if (!(await whileAltered(probe, shown, place, 'started'))) return;
}

/** The variable of the firmware, under the GUID of global variables (UEFI 2.10, 3.3); its attributes are four bytes. */
const SECURE_BOOT = 'sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c';
const ATTRIBUTES = 4;
const MOST_MAPPED = 32;

async function startedAs({ system }: Probe): Promise<Started> {
  const variable = await system.text(SECURE_BOOT);
  const mounts = (await system.text('proc/mounts')) ?? '';
  // the last one lies over those before it
  const root = mounts
    .split('\n')
    .map((line) => line.split(' '))
    .findLast(([, at]) => at === '/');
  const [source = '', , , options = ''] = root ?? [];
  let verified = false;
  for (let number = 0; number < MOST_MAPPED && /^\/dev\/(dm-|mapper\/)/.test(source); number += 1) {
    const folder = `sys/block/dm-${number}/dm`;
    const isIt =
      source === `/dev/dm-${number}` || source === `/dev/mapper/${(await system.text(`${folder}/name`))?.trim()}`;
    // libcryptsetup names what veritysetup opens so
    if (isIt) verified = (await system.text(`${folder}/uuid`))?.startsWith('CRYPT-VERITY-') === true;
  }
  const lockdown = /\[(\w+)\]/.exec((await system.text('sys/kernel/security/lockdown')) ?? '')?.[1];
  return {
    firmware: variable === undefined ? 'none' : variable.charCodeAt(ATTRIBUTES) === 1 ? 'on' : 'off',
    verifiedRoot: verified && options.split(',').includes('ro'),
    lockdown: lockdown === 'integrity' || lockdown === 'confidentiality' ? lockdown : 'none',
  };
}

// EN 303 645 5.7-1, TS 103 645 4.7-1, G044 6.7.1: what starts was verified, from a root that nobody can change
function judge(seen: Seen): Judgement {
  const { rows, parts } = readEvidence(seen, KINDS);
  const [system] = rows.started;
  return weigh(
    [...parts, ...seen.declaration.secureBoot.flatMap((mechanism) => judgeMechanism(mechanism, system, rows))],
    'no secure boot is declared',
  );
}

function judgeMechanism(mechanism: Mechanism, system: Reading<Started> | undefined, rows: Rows): readonly Part[] {
  const { id, platform = [], hardware } = mechanism;
  const shown = platform.map((each) => {
    if (system === undefined) return open(`${id}: ${SHOWN[each].what}, which the running system would show`);
    return SHOWN[each].holds(system.data)
      ? pass(`the running system shows ${platform.map((one) => SHOWN[one].what).join(', ')}`, [system.id])
      : fail(
          `${id}: ${SHOWN[each].what} is declared, and the running system shows ${SHOWN[each].instead(system.data)}`,
          [system.id],
        );
  });
  const rooted = hardware && platform.length === 0 ? [open(`${id}: that its root of trust is in hardware`)] : [];
  const tried = judgeStarts(rows);
  // the platform's own word is one way to know, what became of a changed unit the other
  return [
    ...shown,
    ...rooted,
    ...(tried.length === 0 && shown.length === 0
      ? [
          open(
            `${id}: that changed software does not run: it takes hands that alter it and switch the power (/handling)`,
          ),
        ]
      : tried),
  ];
}

const SHOWN: Readonly<
  Record<
    NonNullable<Mechanism['platform']>[number],
    { readonly what: string; readonly holds: (it: Started) => boolean; readonly instead: (it: Started) => string }
  >
> = {
  'uefi-secure-boot': {
    what: 'secure boot of the firmware',
    holds: ({ firmware }) => firmware === 'on',
    instead: ({ firmware }) => (firmware === 'off' ? 'that it is off' : 'no such variable'),
  },
  'dm-verity': {
    what: 'a verified root that is read alone',
    holds: ({ verifiedRoot }) => verifiedRoot,
    instead: () => 'a root that is written, or held against nothing',
  },
  'kernel-lockdown': {
    what: 'a kernel that runs no code but its own',
    holds: ({ lockdown }) => lockdown !== 'none',
    instead: () => 'none',
  },
};

function judgeStarts(rows: Rows): readonly Part[] {
  const [whole] = of(rows.result, WHOLE);
  const names = [...new Set(rows.handled.map(({ subject }) => subject))];
  if (whole === undefined) return [];
  if (whole.data.said !== 'whole')
    return [open('a unit that says that it is whole, before anything is changed', [whole.id])];
  return names.flatMap((name): readonly Part[] => {
    const handled = of(rows.handled, name).filter(({ data }) => data.because === '');
    const started = of(rows.result, name).find(({ data }) => data.when === 'started');
    const mended = of(rows.result, name).findLast(({ data }) => data.when === 'mended');
    const evidence = idsOf([...handled, ...[started, mended].filter((row) => row !== undefined)]);
    if (started === undefined) return [open(`whether changed software (${name}) runs`, evidence)];
    const { said } = started.data;
    if (said === 'whole' || said === 'nothing' || said === 'both')
      return [fail(`its software (${name}) was changed while it was off, and it starts and does not say so`, evidence)];
    if (mended?.data.said !== 'whole') return [open(`that the unit starts again once ${name} was put back`, evidence)];
    return [
      pass(
        said === 'unread'
          ? 'changed software does not start, and starts again once it was put back'
          : 'changed software is found at the start, and told',
        evidence,
      ),
    ];
  });
}
