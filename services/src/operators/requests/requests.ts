import { randomBytes } from 'node:crypto';
import type { Subject } from '@hearthward/protocol';
import { type Clock, HOUR } from '../../clock.ts';
import type { ErasureProgress, Erasures, Vault } from '../../privacy/seams.ts';
import type { Registry } from '../../registry/devices.ts';
import type { Store } from '../../store/open.ts';
import { audit, type AuditAction } from '../audit.ts';
import {
  type Law,
  type PersonRequest,
  decideRequest,
  type RequestEvent,
  type RequestKind,
  type RequestRefusal,
  type Scope,
  type Via,
} from './decide.ts';
import { insertRequest, keepRequest, requestOf } from './rows.ts';

/** Requests of people about their data: each step is decided on what was kept last, and on record with who took it. */
export interface Requests {
  /** answers its number, which is all that a person needs to follow it */
  readonly create: (request: {
    readonly kind: RequestKind;
    readonly law: Law;
    readonly via: Via;
    readonly receivedAt: number;
    readonly by: string;
  }) => Promise<string>;
  readonly find: (id: string) => Promise<PersonRequest | undefined>;
  readonly identifyByCode: (id: string, account: string) => Promise<Done>;
  readonly identifyByDocuments: (
    id: string,
    seen: { readonly serial: string; readonly what: string; readonly by: string },
  ) => Promise<Done>;
  readonly extend: (id: string, because: string, by: string) => Promise<Done>;
  /** their pseudonyms, noted as handed out; what is done with them is for the caller */
  readonly exporting: (
    id: string,
    by: string,
  ) => Promise<{ readonly ok: true; readonly scope: Scope } | { readonly ok: false; readonly code: Refusal }>;
  readonly erase: (id: string, by: string) => Promise<Done>;
  readonly close: (
    id: string,
    closing: { readonly as: 'answered' | 'refused' | 'withdrawn'; readonly said: string; readonly by: string },
  ) => Promise<Done>;
  /** how far the erasure is that was asked for on it */
  readonly progress: (request: PersonRequest) => Promise<ErasureProgress | undefined>;
}
export type Refusal = RequestRefusal | 'request-unknown' | 'serial-unknown' | 'nothing-kept' | 'erasure-refused';
export type Done = { readonly ok: true } | { readonly ok: false; readonly code: Refusal };

export interface RequestsWorld {
  readonly store: Store;
  readonly clock: Clock;
  readonly vault: Pick<Vault, 'subjectsOf' | 'subjectsFrom' | 'originOf'>;
  readonly registry: Pick<Registry, 'find' | 'list'>;
  readonly erasures: Pick<Erasures, 'ask' | 'find'>;
}

export function openRequests({ store, clock, vault, registry, erasures }: RequestsWorld): Requests {
  /** Decided and on record in one transaction: two who act at once do not both do it. */
  const step = (id: string, event: RequestEvent, entry: { readonly actor: string; readonly action: AuditAction }) =>
    store.transaction(async (tx): Promise<Done> => {
      const known = await requestOf(tx, id);
      if (!known) return { ok: false, code: 'request-unknown' };
      const decided = decideRequest(known, event, clock.now());
      if (!decided.ok) return decided;
      await keepRequest(tx, decided.request);
      await audit(tx, clock.now(), { ...entry, subject: id, detail: { kind: known.kind } });
      return { ok: true };
    });

  const requests: Requests = {
    async create({ by, ...request }) {
      // no key: names a request; nobody who has not seen it finds it
      const id = Array.from(randomBytes(ID_SIGNS), (byte) => ID_ALPHABET[byte % ID_ALPHABET.length]).join('');
      await store.transaction(async (tx) => {
        await insertRequest(tx, { ...request, id, acts: [] });
        const detail = { kind: request.kind, law: request.law, via: request.via };
        await audit(tx, clock.now(), { actor: by, action: 'request-received', subject: id, detail });
      });
      return id;
    },
    find: (id) => requestOf(store.db, id),
    identifyByCode: (id, account) =>
      step(
        id,
        { kind: 'identified', how: 'code', scope: { of: 'account', account } },
        { actor: 'account', action: 'request-identified' },
      ),
    async identifyByDocuments(id, { serial, what, by }) {
      const device = (await registry.list({ search: serial }, 0, 2)).find((each) => each.serial === serial);
      if (!device) return { ok: false, code: 'serial-unknown' };
      const scope: Scope = { of: 'household', deviceId: device.deviceId };
      return step(
        id,
        { kind: 'identified', how: 'documents', what, by, scope },
        { actor: by, action: 'request-identified' },
      );
    },
    extend: (id, because, by) => step(id, { kind: 'extended', because, by }, { actor: by, action: 'request-extended' }),
    async exporting(id, by) {
      const done = await step(id, { kind: 'acted', what: 'exported', by }, { actor: by, action: 'request-acted' });
      if (!done.ok) return done;
      const scope = (await requestOf(store.db, id))?.identified?.scope;
      return scope ? { ok: true, scope } : { ok: false, code: 'not-identified' };
    },
    // EN 303 645 5.11-2, G044 6.11.2: an operator erases for somebody who was identified, by the same machine as they do
    async erase(id, by) {
      const request = await requestOf(store.db, id);
      if (!request) return { ok: false, code: 'request-unknown' };
      const noted = erasureIn(request);
      // noted, and the services went down before it was asked for: pressed again, it is the same order
      if (noted !== undefined && !request.closed && !(await requests.progress(request))) return ask(request, noted, by);
      // no key: names an order
      const erasureId = randomBytes(16).toString('base64url');
      const event = { kind: 'acted', what: 'erasure-asked', by, erasureId } as const;
      const allowed = decideRequest(request, event, clock.now());
      if (!allowed.ok) return allowed;
      if ((await subjectsOf(request)).length === 0) return { ok: false, code: 'nothing-kept' };
      // on record first: what was asked for and not noted would be asked for twice
      const done = await step(id, event, { actor: by, action: 'request-acted' });
      return done.ok ? ask(request, erasureId, by) : done;
    },
    async close(id, { as, said, by }) {
      const request = await requestOf(store.db, id);
      const erasure = request && (await requests.progress(request))?.state;
      return step(
        id,
        { kind: 'closed', as, said, by, ...(erasure ? { erasure } : {}) },
        { actor: by, action: 'request-closed' },
      );
    },
    async progress(request) {
      const id = erasureIn(request);
      return id === undefined ? undefined : erasures.find(id);
    },
  };
  return requests;

  async function ask(request: PersonRequest, id: string, by: string): Promise<Done> {
    const subjects = await subjectsOf(request);
    if (subjects.length === 0) return { ok: false, code: 'nothing-kept' };
    const now = clock.now();
    const asked = await erasures.ask({
      id,
      subjects,
      askedBy: { who: 'operator', operator: by, requestId: request.id },
      askedAt: now,
      undoUntil: now + UNDO,
    });
    return asked === 'refused' ? { ok: false, code: 'erasure-refused' } : { ok: true };
  }

  async function subjectsOf({ identified }: PersonRequest): Promise<readonly Subject[]> {
    return identified ? subjectsIn(identified.scope) : [];
  }

  async function subjectsIn(scope: Scope): Promise<readonly Subject[]> {
    if (scope.of === 'account') return vault.subjectsOf(scope.account);
    const device = await registry.find(scope.deviceId);
    // who has an account of their own decides with it: on a shared device nobody's documents speak for them
    return device
      ? vault.subjectsFrom(scope.deviceId, device.epoch).filter((subject) => !vault.originOf(subject)?.account)
      : [];
  }
}

const erasureIn = ({ acts }: PersonRequest): string | undefined =>
  acts.find(({ erasureId }) => erasureId !== undefined)?.erasureId;

/** 80 bits, to be typed from paper: signs that are not mistaken for others */
const ID_ALPHABET = 'abcdefghijkmnpqrstuvwxyz23456789';
const ID_SIGNS = 16;
/** the declared time bounds it: `erasure` takes no longer one */
const UNDO = 30 * 24 * HOUR;
