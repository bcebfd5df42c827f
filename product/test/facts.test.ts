import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FACTS } from '@hearthward/standards';
import { factsOf, factsWithReasons, type Declaration } from '../src/index.ts';
import { example } from './examples.ts';

describe('facts of a declaration', () => {
  test('of the hub, each true or false but for what is not declared', async () => {
    assert.deepEqual(factsOf(await example('hub')), {
      'passwords-used': true,
      'pre-installed-passwords-used': true,
      'user-authentication': true,
      constrained: false,
      'software-updateable': true,
      'update-mechanism': true,
      'automatic-updates': true,
      'update-notifications': true,
      'updates-over-network': true,
      'hard-coded-identity': true,
      'debug-interface-accessible': false,
      'telemetry-collected': true,
      'personal-data-processed': true,
      'consent-based-processing': true,
      'backups-kept': true,
      gateway: true,
    });
  });

  test('of the window sensor: constrained, without passwords, updates or consent', async () => {
    const facts = factsOf(await example('window-sensor'));
    assert.equal(facts.constrained, true);
    assert.equal(facts['backups-kept'], false);
    for (const fact of [
      'passwords-used',
      'user-authentication',
      'software-updateable',
      'consent-based-processing',
    ] as const) {
      assert.equal(facts[fact], false, fact);
    }
  });

  test('every fact has a reason that leads into the declaration', async () => {
    const hub = await example('hub');
    const all = factsWithReasons(hub);
    assert.deepEqual(
      all.map((one) => one.fact),
      [...FACTS],
    );
    for (const { fact, because } of all) {
      const path = /\((\/[^)]+)\)$/.exec(because)?.[1];
      assert.ok(path, `${fact}: ${because}`);
      const table = path.split('/')[1] as keyof Declaration;
      assert.ok(table in hub, path);
    }
  });
});

describe('what is not declared is unknown, never false', () => {
  const unknown: readonly [fact: (typeof FACTS)[number], name: string, without: (it: Declaration) => void][] = [
    ['software-updateable', 'no component', (it) => (it.softwareComponents = [])],
    ['debug-interface-accessible', 'no interface', (it) => (it.interfaces = [])],
    [
      'hard-coded-identity',
      'no parameter that says',
      (it) => it.securityParameters.forEach((row) => delete row.identity),
    ],
    [
      'pre-installed-passwords-used',
      'a password that someone issues',
      (it) => (it.authenticationMechanisms[0]!.initialValue = { kind: 'issued', by: 'the installer' }),
    ],
  ];
  for (const [fact, name, without] of unknown) {
    test(`${fact}: ${name}`, async () => {
      const hub = await example('hub');
      without(hub);
      assert.equal(factsOf(hub)[fact], undefined);
    });
  }

  test('an update mechanism changes the facts that hang on it', async () => {
    const hub = await example('hub');
    hub.updateMechanisms = hub.updateMechanisms.map((it) => ({ ...it, notifications: false }));
    const facts = factsOf(hub);
    assert.deepEqual(
      [
        facts['update-mechanism'],
        facts['automatic-updates'],
        facts['update-notifications'],
        facts['updates-over-network'],
      ],
      [true, true, false, true],
    );
  });
});
