import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { UNIT_ADDRESS } from '../line.ts';
import type { Twin } from '../twin.ts';
import { part } from './access.ts';

/** Faults of what is open, how it talks, and what it tells strangers. */

/** Listens beside the declared services, on the unit’s own address. */
const alsoListens = (port: number, greeting: string) => async (): Promise<() => Promise<void>> => {
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.end(greeting);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, UNIT_ADDRESS, resolve);
  });
  return () =>
    new Promise((resolve) => {
      server.close(() => resolve());
    });
};

/** The kernel of the product has one rule more in this state, of its table for all networks. */
const filtering = (
  name: string,
  fault: string,
  state: 'initialised' | 'quarantine',
  rule: { readonly chain: 'across' | 'from'; readonly expr: readonly object[] },
): Twin => ({
  name,
  case: 'network-segregation',
  topic: 'network-segregation',
  fault,
  made: {
    by: 'artefact',
    plant: (target, dir) => {
      const given = target.artefacts?.packetFilter?.[state];
      if (given === undefined) return target;
      const listing = JSON.parse(readFileSync(given, 'utf8')) as { readonly nftables: readonly object[] };
      const nftables = [...listing.nftables, { rule: { family: 'inet', table: 'hearthward', ...rule } }];
      const file = join(dir, `${name}.json`);
      writeFileSync(file, JSON.stringify({ nftables }));
      return {
        ...target,
        artefacts: { ...target.artefacts, packetFilter: { ...target.artefacts?.packetFilter, [state]: file } },
      };
    },
  },
});

export const EXPOSURE_TWINS: readonly Twin[] = [
  part(
    'speaks-tls-1-0',
    'communication-cryptography',
    'communication-cryptography',
    'it agrees to TLS 1.0',
    (good) => ({
      tls: (declared, now) => ({ ...good.tls(declared, now), minVersion: 'TLSv1', ciphers: 'ALL:@SECLEVEL=0' }),
    }),
  ),
  part(
    'takes-weak-suites',
    'communication-cryptography',
    'communication-cryptography',
    'it agrees to a suite without forward secrecy or authenticated encryption',
    (good) => ({
      tls: (declared, now) => ({
        ...good.tls(declared, now),
        maxVersion: 'TLSv1.2',
        ciphers: 'ECDHE-ECDSA-AES128-SHA256:ECDHE-ECDSA-AES128-SHA:ECDHE-ECDSA-AES128-GCM-SHA256:@SECLEVEL=0',
      }),
    }),
  ),
  part(
    'sends-passwords-in-clear',
    'parameters-in-transit',
    'parameters-in-transit',
    'the login form is sent to an address without encryption',
    (good) => ({
      pages: {
        ...good.pages,
        loginPage: (view) =>
          good.pages.loginPage(view).replace(/action="\/login"/, 'action="http://panel.invalid/login"'),
      },
    }),
  ),
  part('listens-undeclared', 'unused-interfaces', 'unused-interfaces', 'a listener that nobody declared', () => ({
    extraListeners: alsoListens(47_113, 'ready\n'),
  })),
  part('runs-telnet', 'software-services', 'software-services', 'a remote shell of old times is on', () => ({
    extraListeners: alsoListens(2323, 'login: '),
  })),
  part(
    'tells-its-version',
    'unauthenticated-disclosure',
    'unauthenticated-disclosure',
    'every answer names the server software and its version',
    (good) => ({
      headers: () => ({ ...good.headers(), server: 'hearth-http/2.4.1 (Linux 6.1.0)' }),
    }),
  ),
  part(
    'shows-its-faults',
    'unauthenticated-disclosure',
    'unauthenticated-disclosure',
    'error pages carry a trace',
    (good) => ({
      troubleAnswer: (trouble, to, frame, page) => {
        const answer = good.troubleAnswer(trouble, to, frame, page);
        return {
          ...answer,
          body: `${answer.body}<pre>TypeError: undefined\n    at handle (/opt/hub/src/panel/app.js:114:9)</pre>`,
        };
      },
    }),
  ),
  part('hides-its-model', 'model-designation', 'model-designation', 'the model cannot be read anywhere', (good) => ({
    pages: { ...good.pages, safetyPage: (view) => good.pages.safetyPage({ ...view, model: 'device' }) },
  })),
  part(
    'manages-without-login',
    'remote-management',
    'remote-management',
    'settings that matter for security can be changed from the network by anyone',
    () => ({
      guard: () => ({ ok: true }),
      isGenuine: () => true,
    }),
  ),
  part(
    'manages-unasked',
    'remote-management',
    'remote-management',
    'the manufacturer may act on it from afar although nobody at home switched that on',
    (good) => ({
      management: (state, event, now) =>
        good.management(
          { ...state, allowed: state.allowed ?? { hours: '24', since: now, until: now + 86_400_000, used: null } },
          event,
          now,
        ),
    }),
  ),
  {
    ...part(
      'takes-any-file',
      'malware-protection',
      'malware-protection',
      'a file is taken as it comes, whatever it is',
      () => ({ takeFile: async (_scan, _media, bytes) => ({ ok: true, bytes }) }),
    ),
    goodIs: 'INCONCLUSIVE',
  },
  filtering('hands-on-between-networks', 'what comes from one network is handed on to the other', 'initialised', {
    chain: 'across',
    expr: [{ accept: null }],
  }),
  filtering('calls-while-cut-off', 'in quarantine it still fetches from wherever it likes', 'quarantine', {
    chain: 'from',
    expr: [
      { match: { op: '==', left: { payload: { protocol: 'tcp', field: 'dport' } }, right: 443 } },
      { accept: null },
    ],
  }),
  part('takes-any-input', 'input-validation', 'input-validation', 'input is taken as it comes', () => ({
    validate: (fields, given, encoding) => ({
      ok: true,
      value: Object.fromEntries(
        fields.map((field) => {
          const sent = given.get(field.name) ?? field.example;
          const typed = encoding === 'json' || field.type === 'string' || field.type === 'choice' ? sent : Number(sent);
          return [field.name, typed as string | number | boolean];
        }),
      ),
    }),
  })),
];
