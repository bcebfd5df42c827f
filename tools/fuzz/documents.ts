import hub from '@hearthward/example-hub';
import sensor from '@hearthward/example-window-sensor';
import {
  type Declaration,
  factsOf,
  firewallRules,
  flowsOf,
  hardening,
  ics,
  ixit,
  lintDeclaration,
  mudFile,
  notice,
  parseDeclaration,
} from '@hearthward/product';
import { endpointsOf, nearAddresses, resolveEndpoint } from '../../assessor/src/loading/endpoints.ts';
import type { Problem } from '../../assessor/src/loading/problem.ts';
import { compiled, shapeProblems } from '../../assessor/src/loading/shape.ts';
import type { FuzzTarget } from './driver.ts';

/** Files of strangers: a product that is declared by somebody else, and where it is to be tried. */
const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
const parsed = (bytes: Uint8Array): unknown => {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    return undefined; // both files are refused before a schema is asked
  }
};

const TARGET = {
  schema: 'hearthward/target/1',
  declaration: 'declaration.json',
  authorisation: { by: 'its maker', statement: 'a test', until: '2999-12-31', changes: true, destructive: false },
  services: { panel: { url: 'https://127.0.0.1:8443', trust: 'ca.pem' }, bus: { url: 'mqtts://[::1]:8883' } },
  associatedServices: { cloud: { url: 'https://cloud.example:443' } },
  host: { address: '127.0.0.1', control: '127.0.0.2' },
  redirects: { a: { dialled: { address: '10.0.0.1', port: 443 }, here: { address: '127.0.0.1', port: 1 } } },
  accounts: { password: { password: 'Lamp-4-kettle-9' } },
  limits: { failedLogins: 3, requests: 200, patienceSeconds: 1 },
};

/** Everything that is made of a declaration before anybody has looked at it. */
const useOf = (declaration: Declaration): void => {
  lintDeclaration(declaration, { today: '2026-11-26' });
  factsOf(declaration);
  ics(declaration);
  flowsOf(declaration);
  hardening(declaration);
  ixit(declaration, 'md');
  notice(declaration, 'ms', 'md');
  mudFile(declaration, { today: '2026-11-26' });
  for (const state of ['factory-default', 'initialised'] as const) firewallRules(declaration, { state });
};

export const DOCUMENT_TARGETS: Readonly<Record<string, FuzzTarget>> = {
  declaration: {
    longest: 262_144,
    seeds: [json(sensor), json(hub)],
    run: (bytes) => {
      const read = parseDeclaration(parsed(bytes), 'declaration.json');
      if (read.ok) useOf(read.declaration);
      else if (read.problems.length === 0) throw new Error('refused, and no word why');
    },
  },
  'target-file': {
    seeds: [json(TARGET)],
    run: async (bytes) => {
      const value = parsed(bytes);
      const problems = shapeProblems('target.json', value);
      if (!compiled.Check(value)) {
        if (problems.length === 0) throw new Error('refused, and no word why');
        return;
      }
      const wrong: Problem[] = [];
      const near = await nearAddresses('target.json', value, async () => ['127.0.0.1'], wrong);
      for (const [path, id, endpoint] of endpointsOf(value)) {
        const plain = { url: endpoint.url };
        const found = await resolveEndpoint('target.json', path, id, plain, near, (each) => each, wrong);
        if (!found && wrong.length === 0) throw new Error('an endpoint is lost without a word');
      }
    },
  },
};
