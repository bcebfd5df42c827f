import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { lintDeclaration, LINT_RULES, parseDeclaration, problemLine, type Declaration } from '../src/index.ts';
import { row, isCode } from '@hearthward/standards';
import { example, TODAY } from './examples.ts';
import { MISTAKES } from './mistakes.ts';

const lint = (declaration: Declaration) => lintDeclaration(declaration, { today: TODAY, file: 'it.ts' });

describe('a good declaration has no problem', () => {
  for (const name of ['hub', 'window-sensor'] as const) {
    test(name, async () => assert.deepEqual(lint(await example(name)).map(problemLine), []));
  }
});

describe('one mistake fires exactly its rule, at its place', () => {
  for (const { rule, name, product = 'hub', spoil, path } of MISTAKES) {
    test(`${rule}: ${name}`, async () => {
      const spoiled = await example(product);
      spoil(spoiled);
      assert.ok(parseDeclaration(spoiled, 'it.ts').ok, 'the schema still holds: this is a mistake for the lint');
      const problems = lint(spoiled);
      assert.deepEqual(
        problems.map((problem) => `${problem.rule} ${problem.path}`),
        [`${rule} ${path}`],
      );
      for (const problem of problems) {
        assert.equal(problem.file, 'it.ts');
        assert.notEqual(at(spoiled, problem.path, true), undefined, 'the path leads into the file');
        assert.doesNotMatch(problemLine(problem), /\n|undefined|\[object/);
      }
    });
  }
});

describe('the table of rules', () => {
  test('each rule has a mistake that fires it, and each mistake a rule', () => {
    assert.deepEqual(
      [...new Set(MISTAKES.map((mistake) => mistake.rule))].sort(),
      LINT_RULES.map((rule) => rule.id).sort(),
    );
  });

  test('ids are unique and each clause exists', () => {
    assert.equal(new Set(LINT_RULES.map((rule) => rule.id)).size, LINT_RULES.length);
    for (const { clause, cure } of LINT_RULES) {
      assert.ok(cure.length > 10);
      const [, code, ref] = /^(EN 303 645|G045) (.+)$/.exec(clause) ?? [];
      if (ref === undefined) assert.match(clause, /^IXIT( \d+-\w+)?$/);
      else assert.ok(row(code === 'G045' ? 'mcmc-g045@2024' : 'etsi-en-303-645@2.1.1', ref), clause);
    }
  });
});

describe('a claim and a fact against it', () => {
  test('declaring the rows N takes the problem away', async () => {
    const hub = await example('hub');
    delete (hub.communicationMechanisms[2] as { tls?: unknown }).tls;
    assert.deepEqual(
      lint(hub).map((problem) => problem.rule),
      ['remote-without-encryption'],
    );
    const reason = 'messages go over a private line';
    for (const [code, refs] of [
      ['etsi-en-303-645@2.1.1', ['5.5-1']],
      ['mcmc-g044@2023', ['6.5.1']],
      ['mcmc-g045@2024', ['CR-1-1', 'DS-1-1', 'DS-1-2']],
    ] as const) {
      for (const ref of refs) (hub.rows[code] ??= {})[ref] = { support: 'N', reason };
    }
    assert.deepEqual(lint(hub).map(problemLine), []);
  });

  test('the last day of support is still a day of support', async () => {
    const hub = await example('hub');
    hub.support.until = TODAY;
    assert.deepEqual(lint(hub), []);
    hub.support.until = '2026-11-20';
    assert.match(lint(hub)[0]?.message ?? '', /ended on 2026-11-20, today is 2026-11-21/);
  });
});

describe('any reference that leads nowhere is found', () => {
  test('whichever name is replaced', async () => {
    const hub = await example('hub');
    const references = [...named(hub)];
    assert.ok(references.length > 60, `only ${references.length} references`);
    fc.assert(
      fc.property(fc.constantFrom(...references), (path) => {
        const spoiled = structuredClone(hub);
        const steps = path.split('/').slice(1);
        (at(spoiled, `/${steps.slice(0, -1).join('/')}`) as Record<string, unknown>)[steps.at(-1) as string] =
          'nowhere';
        const found = lint(spoiled).filter((problem) => problem.path === path);
        assert.deepEqual(
          found.map((problem) => problem.rule),
          [path.endsWith('/personalData') ? 'personal-data-mark-unknown' : 'unknown-reference'],
        );
      }),
      { numRuns: 200 },
    );
  });

  test('whichever row of a code is declared N/A, it is refused or its condition is false', async () => {
    const hub = await example('hub');
    const rows = Object.entries(hub.rows).flatMap(([code, claims]) =>
      Object.keys(claims).map((ref) => ({ code, ref })),
    );
    fc.assert(
      fc.property(fc.constantFrom(...rows), ({ code, ref }) => {
        const spoiled = structuredClone(hub);
        (spoiled.rows[code] ??= {})[ref] = { support: 'N/A', reason: 'it would be easier' };
        assert.ok(isCode(code));
        const rules = lint(spoiled).map((problem) => problem.rule);
        assert.ok(
          rules.some((rule) => rule.startsWith('not-applicable-')),
          `${code} ${ref}: ${rules.join()}`,
        );
      }),
    );
  });
});

/** Every place of the declaration that names a row of another table. */
function* named(it: Declaration): Generator<string> {
  const lists: readonly [table: keyof Declaration, list: string][] = [
    ['authenticationMechanisms', 'services'],
    ['softwareServices', 'authentication'],
    ['communicationMechanisms', 'parameters'],
    ['updateMechanisms', 'parameters'],
    ['accessControls', 'functions'],
    ['personalData', 'communicatedOver'],
    ['deletionFunctions', 'deletes'],
    ['inputValidation', 'covers'],
  ];
  const single: readonly [table: keyof Declaration, name: string][] = [
    ['softwareServices', 'interface'],
    ['communicationMechanisms', 'service'],
    ['softwareComponents', 'updateMechanism'],
    ['updateMechanisms', 'over'],
    ['secureManagementProcesses', 'parameter'],
    ['telemetryData', 'sensor'],
    ['telemetryData', 'over'],
    ['telemetryData', 'personalData'],
    ['deletionFunctions', 'function'],
    ['userInterfaces', 'service'],
    ['externalFunctions', 'service'],
  ];
  const rowsOf = (table: keyof Declaration) => (it[table] as Record<string, unknown>[]).entries();
  for (const [table, list] of lists) {
    for (const [index, row] of rowsOf(table)) {
      for (const n of (row[list] as string[]).keys()) yield `/${table}/${index}/${list}/${n}`;
    }
  }
  for (const [table, name] of single) {
    for (const [index, row] of rowsOf(table)) if (typeof row[name] === 'string') yield `/${table}/${index}/${name}`;
  }
  for (const [index, { readBack }] of it.externalFunctions.entries()) {
    if (readBack) yield `/externalFunctions/${index}/readBack/function`;
  }
}

/** What a JSON pointer leads to; its parent where `orParent` and nothing is there (what is missing has no place yet). */
function at(value: unknown, pointer: string, orParent = false): unknown {
  const steps = pointer
    .split('/')
    .slice(1)
    .map((name) => name.replaceAll('~1', '/').replaceAll('~0', '~'));
  const follow = (names: readonly string[]) =>
    names.reduce<unknown>((here, name) => (here as Record<string, unknown> | undefined)?.[name], value);
  return follow(steps) ?? (orParent ? follow(steps.slice(0, -1)) : undefined);
}
