import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HttpFunction } from '../../../src/cases/access/subjects.ts';
import { hostileInputs } from '../../../src/cases/exposure/inputs/hostile-inputs.ts';

type Field = HttpFunction['request']['fields'][number];
const box: Field = { name: 'box', type: 'choice', choices: ['on', 'off'], example: 'on', absent: 'off' };
const name: Field = { name: 'name', type: 'string', minimum: 1, maximum: 20, example: 'Hall' };

const namesOf = (fields: readonly Field[], encoding: 'form' | 'json') => {
  const each = {
    id: 'choose',
    request: { transport: 'http', method: 'POST', path: '/choose', encoding, fields },
  } as unknown as HttpFunction;
  const valid = Object.fromEntries(fields.map((field) => [field.name, field.example]));
  return hostileInputs(each, valid, {}).map((input) => `${input.field} ${input.name}`);
};

test('a box that is not ticked is no hostile input of a form, and a field that is left out of JSON is one', () => {
  assert.ok(!namesOf([box], 'form').some((input) => input === 'box missing' || input === ' nothing'));
  const json = namesOf([box], 'json');
  assert.ok(json.includes('box missing') && json.includes(' nothing'));
});

test('a form that has to say something is also sent without it', () => {
  const mixed = namesOf([box, name], 'form');
  assert.ok(mixed.includes('name missing') && mixed.includes(' nothing') && !mixed.includes('box missing'));
});
