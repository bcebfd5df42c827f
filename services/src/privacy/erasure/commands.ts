import type { Declaration } from '@hearthward/product';
import { RequestId, Subject } from '@hearthward/protocol';
import { type Static, Type } from 'typebox';
import { type Clock, DAY, iso } from '../../clock.ts';
import { audit } from '../../operators/audit.ts';
import { type Backup, KEEP_DAYS_MOST } from '../../store/backups.ts';
import type { Store } from '../../store/open.ts';
import { type Dropped, droppedTables } from '../kept/dropped.ts';
import type { ErasureProgress, Vault } from '../seams.ts';
import { progressOf, type Said } from './decide.ts';
import type { Erasing } from './open.ts';
import { allErasures, erasureOf, keepAnswer } from './rows.ts';

/** What who runs the services asks about erasures and backups, over the line of the process and the socket in its folder. */

const id = Type.Optional(Type.Integer());
const who = Type.String({ minLength: 1, maxLength: 200 });
const why = Type.String({ maxLength: 500 });
const Instant = Type.String({ maxLength: 30 });

export const ErasureCommands = [
  Type.Object({ type: Type.Literal('erasures'), id, all: Type.Boolean() }),
  Type.Object({
    type: Type.Literal('confirm-party'),
    id,
    erasure: RequestId,
    party: Type.String({ pattern: '^[a-z0-9-]{1,64}$' }),
    /** until when a law binds the party, and which; absent: it has erased */
    held: Type.Optional(Type.Object({ until: Instant, law: Type.String({ minLength: 1, maxLength: 150 }) })),
    who,
    why,
  }),
  Type.Object({
    type: Type.Literal('hold'),
    id,
    subject: Subject,
    law: Type.String({ minLength: 1, maxLength: 150 }),
    until: Instant,
    who,
    why,
  }),
  Type.Object({ type: Type.Literal('release-hold'), id, subject: Subject, who, why }),
  Type.Object({
    type: Type.Literal('backup'),
    id,
    out: Type.String({ maxLength: 4096 }),
    keepDays: Type.Integer({ minimum: 1, maximum: KEEP_DAYS_MOST }),
    who,
  }),
  Type.Object({ type: Type.Literal('backups'), id }),
  Type.Object({ type: Type.Literal('dropped'), id, item: Type.Optional(Type.String({ maxLength: 64 })) }),
  Type.Object({ type: Type.Literal('backup-gone'), id, backup: Type.String({ maxLength: 40 }), who, why }),
] as const;
const ErasureCommand = Type.Union([...ErasureCommands]);
export type ErasureCommand = Static<typeof ErasureCommand>;

export type ErasureAnswer =
  | { readonly type: 'erasures'; readonly erasures: readonly ErasureProgress[] }
  | { readonly type: 'recorded' }
  | { readonly type: 'backups'; readonly backups: readonly Backup[] }
  | { readonly type: 'dropped'; readonly dropped: readonly Dropped[] }
  | { readonly type: 'refused'; readonly code: string; readonly because: string };

export function openErasureCommands(parts: {
  readonly store: Store;
  readonly clock: Clock;
  readonly vault: Pick<Vault, 'stateOf'>;
  readonly erasing: Erasing;
  readonly soon: () => void;
  readonly declarations: readonly Declaration[];
}): (command: ErasureCommand) => Promise<ErasureAnswer> {
  const { store, clock, vault, soon } = parts;
  const { erasures, backups } = parts.erasing;

  return async (command) => {
    if ('why' in command && command.why.trim().length < SHORTEST_REASON)
      return refuse('no-reason', 'a reason of at least ten letters is needed');
    switch (command.type) {
      case 'erasures': {
        const all = await allErasures(store.db, !command.all, LISTED_MOST);
        return { type: 'erasures', erasures: all.map(({ state }) => progressOf(state)) };
      }
      case 'confirm-party':
        return confirmParty(command);
      case 'hold':
        return hold(command);
      case 'release-hold':
        return release(command);
      case 'backup':
        return backup(command);
      case 'backups':
        return { type: 'backups', backups: await backups.list() };
      case 'dropped':
        return {
          type: 'dropped',
          dropped: await droppedTables(store.db, command.item === undefined ? {} : { item: command.item }, {
            limit: DROPPED_MOST,
          }),
        };
      case 'backup-gone':
        return (await backups.noteRemoved(command.backup, command.who))
          ? RECORDED
          : refuse('backup-there', `${command.backup} is unknown, or still where it was made`);
    }
  };

  // EN 303 645 5.11-4, G044 6.11.4, 7-g: what people are told of the last backup holds of each that is made
  async function backup(command: Of<'backup'>): Promise<ErasureAnswer> {
    const declared = parts.declarations.flatMap(({ deletionFunctions }) =>
      deletionFunctions.flatMap(({ backupsWithinDays }) => backupsWithinDays ?? []),
    );
    const most = Math.min(...declared);
    if (command.keepDays > most)
      return refuse(
        'kept-too-long',
        `people are told that a backup is gone within ${most} days: --keep-days ${most} at most`,
      );
    return { type: 'backups', backups: [await backups.make(command)] };
  }

  async function confirmParty({
    erasure,
    party,
    held,
    who: actor,
    why: reason,
  }: Of<'confirm-party'>): Promise<ErasureAnswer> {
    const kept = await erasureOf(store.db, erasure);
    const asked = kept?.concerns.parties.find((each) => each.id === party);
    if (!kept || !asked) return refuse('party-unknown', `no erasure ${erasure} concerns a party ${party}`);
    // G045 PL-4-1: what a program answers for itself, nobody answers for it
    if (asked.how !== 'by-request') return refuse('party-on-call', `${party} is asked by the services themselves`);
    const now = clock.now();
    const until = held && Date.parse(held.until);
    if (until !== undefined && !(until > now)) return refuse('date-refused', `${held?.until} is no moment to come`);
    const said: Said =
      until === undefined ? { state: 'erased', at: now } : { state: 'held', at: now, until, because: held?.law ?? '' };
    await store.transaction(async (tx) => {
      await keepAnswer(tx, erasure, party, said);
      const detail = { party, state: said.state, why: reason.trim() };
      await audit(tx, now, { actor, action: 'party-answered', subject: erasure, detail });
    });
    await erasures.askAgain(kept.state.order.subjects);
    soon();
    return RECORDED;
  }

  async function hold({ subject, law, until: wanted, who: actor, why: reason }: Of<'hold'>): Promise<ErasureAnswer> {
    const state = vault.stateOf(subject);
    if (state === undefined || state === 'ended') return refuse('nobody-to-hold', 'there is nobody, or nothing left');
    const now = clock.now();
    const until = Date.parse(wanted);
    if (!(until > now) || until > now + HELD_MOST)
      return refuse('date-refused', `${wanted} is no moment to hold until`);
    await store.transaction(async (tx) => {
      const row = { law, until, held_by: actor };
      await tx
        .insertInto('erasure_holds')
        .values({ subject, ...row })
        .onConflict((conflict) => conflict.column('subject').doUpdateSet(row))
        .execute();
      const detail = { law, until: iso(until), why: reason.trim() };
      await audit(tx, now, { actor, action: 'hold-placed', subject, detail });
    });
    return RECORDED;
  }

  async function release({ subject, who: actor, why: reason }: Of<'release-hold'>): Promise<ErasureAnswer> {
    const isHeld = await store.transaction(async (tx) => {
      const { numDeletedRows } = await tx.deleteFrom('erasure_holds').where('subject', '=', subject).executeTakeFirst();
      if (numDeletedRows === 0n) return false;
      await audit(tx, clock.now(), { actor, action: 'hold-released', subject, detail: { why: reason.trim() } });
      return true;
    });
    if (!isHeld) return refuse('not-held', 'no law holds this person’s data');
    await erasures.askAgain([subject]);
    soon();
    return RECORDED;
  }
}

type Of<Kind extends ErasureCommand['type']> = Extract<ErasureCommand, { type: Kind }>;

const RECORDED = { type: 'recorded' } as const;
const refuse = (code: string, because: string) => ({ type: 'refused', code, because }) as const;
/** A sentence that somebody who reads the record later can make something of. */
const SHORTEST_REASON = 10;
const LISTED_MOST = 500;
const DROPPED_MOST = 10_000;
/** longer than any law that we know binds records of consumers */
const HELD_MOST = 30 * 366 * DAY;
