import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Target } from '@hearthward/assessor';
import { ALERTED, CONTROL_ADDRESS, UNIT_ADDRESS, type Line, type Unit } from './line.ts';
import { BACKUP } from './network/restoring.ts';
import { ALTERABLE, POWER_CYCLE } from './network/table.ts';
import { stageBoard, storageAlone } from './shipped.ts';
import { RELEASES_ON_BENCH } from './updates/bench.ts';
import { filtersListed } from './network/listing.ts';

/** What a target file says of a unit of this line. */
export const targetOf = async (line: Line, unit: Unit, name: string): Promise<Target> => {
  const batch = join(line.dir, `batch-${name}.csv`);
  writeFileSync(batch, await line.services.factory.samplePasswords(BATCH));
  const trust = join(line.dir, 'roots.pem');
  const mechanism = line.declaration.authenticationMechanisms.find((one) => one.login)?.id ?? 'panel-password';
  const panel = line.declaration.userInterfaces.find((one) => one.service !== undefined)?.service ?? 'panel';
  const delivered = unit.state === 'factory-default';
  return {
    schema: 'hearthward/target/1',
    declaration: '',
    authorisation: {
      by: 'the test bed that made it',
      statement: 'Made to be assessed.',
      until: '2999-12-31',
      changes: true,
      // every unit is a copy that is thrown away
      destructive: true,
    },
    services: { [panel]: { url: unit.url, fingerprint: line.label.fingerprint } },
    associatedServices: {
      enrolment: { url: line.services.enrolment, trust },
      messages: { url: line.services.messages, trust },
    },
    redirects: line.redirects,
    otherAlgorithms: {
      'local-identity': {
        ask: line.desk.command({ algorithm: 'ecdsa-p384-sha384' }),
        takeBack: line.desk.command({ algorithm: 'ecdsa-p256-sha256' }),
      },
    },
    shortLives: {
      'local-identity': {
        seconds: SHORT_LIFE,
        ask: line.desk.command({ lasting: SHORT_LIFE }),
        takeBack: line.desk.command({ lasting: 'usual' }),
      },
    },
    releases: Object.fromEntries(
      RELEASES_ON_BENCH.map((release) => [
        release,
        {
          ask: line.desk.command({ release: `${release}-ask` }),
          takeBack: line.desk.command({ release: `${release}-takeBack` }),
        },
      ]),
    ),
    handling: {
      powerCycle: line.desk.command({ handling: POWER_CYCLE }),
      failPart: Object.fromEntries(
        (line.declaration.selfTests ?? []).map(({ id }) => [
          id,
          {
            ask: line.desk.command({ handling: `${id}-ask` }),
            takeBack: line.desk.command({ handling: `${id}-takeBack` }),
          },
        ]),
      ),
      openCase: Object.fromEntries(
        (line.declaration.tamperInputs ?? []).map(({ id }) => {
          const hand = (what: string): string[] => line.desk.command({ handling: `${id}-${what}` });
          return [id, { open: hand('open'), close: hand('close'), whileOff: hand('whileOff') }];
        }),
      ),
      alterSoftware: alterable(line, 'software'),
      alterConfiguration: alterable(line, 'configuration'),
    },
    alerted: line.desk.command({ handling: ALERTED }),
    held: line.desk.printing('held'),
    confirmed: { ask: line.desk.printing('confirmed'), roots: trust },
    backups: {
      make: line.desk.command({ handling: BACKUP }),
      copies: line.desk.printing('copies'),
      restored: line.desk.printing('restored'),
    },
    site: { url: line.services.site, trust },
    accounts: {
      [mechanism]: {
        user: 'owner',
        ...(delivered ? {} : { password: line.ownerPassword }),
        initialPassword: line.label.password,
      },
    },
    clientIdentity: {
      certificate: join(line.dir, 'bench.crt'),
      key: join(line.dir, 'bench.key'),
      forRenewal: { certificate: join(line.dir, 'renewal.crt'), key: join(line.dir, 'renewal.key') },
    },
    host: {
      address: UNIT_ADDRESS,
      ...(CONTROL_ADDRESS ? { control: CONTROL_ADDRESS } : {}),
      before: [...line.taken],
    },
    artefacts: {
      software: [line.software],
      storage: [storageAlone(unit.dataDir, join(line.dir, `storage-${name}`))],
      runningStorage: [unit.dataDir],
      board: [stageBoard(join(line.dir, `board-${name}`))],
      ...(unit.first === undefined ? {} : { runningSystem: ['/'], processes: [unit.first] }),
      otherStorage: [storageAlone(join(line.dir, 'spare'), join(line.dir, 'storage-spare'))],
      initialPasswords: batch,
      ...filtersListed(line.declaration, join(line.dir, 'filter')),
    },
    limits: { patienceSeconds: 12 },
  };
};

const alterable = ({ desk }: Line, wanted: (typeof ALTERABLE)[number]['what']) =>
  Object.fromEntries(
    ALTERABLE.filter(({ what }) => what === wanted).map(({ name }) => [
      name,
      { ask: desk.command({ handling: `${name}-ask` }), takeBack: desk.command({ handling: `${name}-takeBack` }) },
    ]),
  );

const BATCH = 600;
/** Seconds: a device of ours comes for the next certificate after a third of them, and has the rest to get it. */
const SHORT_LIFE = 15;
