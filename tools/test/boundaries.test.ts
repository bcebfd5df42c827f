import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EST_PATHS, topicsOf } from '@hearthward/protocol';
import { allReadings, boundariesOf, readingsIn, untrue } from '../pages/boundaries.ts';

const readings = allReadings();
const boundaries = boundariesOf(readings);

test('every line that reads what somebody else made says which boundary it is', () => {
  assert.deepEqual(
    readings.filter(({ says }) => says === undefined).map(({ file, line }) => `${file}:${line}`),
    [],
  );
});

test('no boundary is without schema, limit and test', () => {
  assert.deepEqual(untrue(boundaries), []);
  assert.ok(boundaries.length > 40, `${boundaries.length} boundaries`);
});

test('every topic and every path of enrolment has its boundary', () => {
  const ids = new Set(boundaries.map(({ id }) => id));
  const up = {
    telemetry: 'device-message',
    events: 'device-message',
    seals: 'report-seal',
    down: 'remote-command',
    updates: 'update-hint',
    time: 'time-message',
    privacy: 'privacy-word',
    told: 'privacy-news',
  };
  const est = {
    cacerts: 'est-answer',
    csrattrs: 'csr-attributes',
    simpleenroll: 'est-request',
    simplereenroll: 'est-request',
  };
  assert.deepEqual(Object.keys(up), Object.keys(topicsOf('any')));
  assert.deepEqual(Object.keys(est).sort(), Object.keys(EST_PATHS).sort());
  for (const id of [...Object.values(up), ...Object.values(est)]) assert.ok(ids.has(id), id);
});

test('the rule sees a reader that says nothing, and a mark that is not true', () => {
  const says = (text: string) => readingsIn(text, 'device/src/x.ts').map((each) => each.says);
  assert.deepEqual(says('const value = JSON.parse(text);'), [undefined]);
  assert.deepEqual(says('// no boundary: a copy of our own\nconst value = JSON.parse(text);'), ['none']);
  assert.deepEqual(says('// no boundary:\nconst value = JSON.parse(text);'), [undefined]);
  assert.deepEqual(says('const two = 1 + 1;'), []);
  const mark = '// boundary one: anybody -> Nothing, at most MOST, else it is refused;\n// device/test/none.test.ts';
  const [one] = boundariesOf(readingsIn(`${mark}\nJSON.parse(text)`, 'device/src/x.ts'));
  assert.ok(one);
  assert.deepEqual(untrue([one]), [
    'one: nothing is called Nothing',
    'one: MOST is no limit',
    'one: no test device/test/none.test.ts',
  ]);
});
