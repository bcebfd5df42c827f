import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Clock } from '../../src/clock.ts';
import { begin } from '../../src/updates/repository/ceremonies.ts';
import type { Disk } from '../../src/updates/repository/files.ts';
import {
  approvalOf,
  type Proposal,
  readProposal,
  signProposal,
  writeProposal,
} from '../../src/updates/repository/proposal.ts';
import { publish } from '../../src/updates/repository/publish.ts';
import { openUpdateRoom, type UpdateRoom } from '../../src/updates/repository/room.ts';
import { makeKeyFile, openKeyFile } from '../../src/updates/repository/signers/key-file.ts';
import type { RoleSigner } from '../../src/updates/repository/signers/keys.ts';
import { readState, type State } from '../../src/updates/repository/state.ts';
import { Walk } from './walk.ts';

/** A manufacturer's update room with its people, each with a key; in a folder of one test. */
export const CHEAP = { memoryKib: 72, passes: 1, parallelism: 1 };
export const CEREMONY = { who: 'Alice, Bob', why: 'a test' };
export const START = Date.parse('2026-03-01T10:00:00Z');

export interface Hall {
  readonly room: UpdateRoom;
  readonly clock: Clock & { at: number };
  readonly dir: string;
  readonly person: (name: string) => Promise<RoleSigner>;
  /** signs as these people, through a folder as they would, and publishes */
  readonly pass: (proposal: Proposal, ...people: readonly string[]) => Promise<ReturnType<typeof publish>>;
  readonly signed: (proposal: Proposal, ...people: readonly string[]) => Promise<Proposal>;
  readonly state: () => State;
  readonly walk: () => Walk;
}

export function openHall(t: TestContext, at = START, disk?: Disk): Hall {
  const dir = mkdtempSync(join(tmpdir(), 'updates-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  const clock = { at, now: () => clock.at };
  const room = openUpdateRoom(join(dir, 'updates'), clock, disk);
  const people = new Map<string, RoleSigner>();
  let folders = 0;
  const person = async (name: string) => {
    const known = people.get(name);
    if (known) return known;
    const passphrase = Buffer.from(`the passphrase of ${name}`);
    const { text } = await makeKeyFile(name, passphrase, CHEAP);
    const made = await openKeyFile(text, passphrase, name);
    people.set(name, made);
    return made;
  };
  const signed = async (proposal: Proposal, ...names: readonly string[]) => {
    const folder = join(dir, `proposal-${++folders}`);
    writeProposal(folder, proposal);
    const code = approvalOf(proposal);
    for (const name of names) {
      const found = readProposal(folder);
      if (approvalOf(found) !== code) throw new Error('what is signed changed on its way');
      signProposal(folder, found, readState(room.files), await person(name));
    }
    return readProposal(folder);
  };
  return {
    room,
    clock,
    dir,
    person,
    signed,
    pass: async (proposal, ...names) => {
      const { docs, about } = await signed(proposal, ...names);
      return publish(room, { docs, holders: about.holders, who: about.who, why: about.why });
    },
    state: () => {
      const state = readState(room.files);
      if (!state) throw new Error('nothing is published');
      return state;
    },
    walk: () => new Walk(room.files.path),
  };
}

/** Root: Alice, Bob, Carol; everything else: Dora and Emil. */
export async function begun(t: TestContext, at = START, disk?: Disk): Promise<Hall> {
  const hall = openHall(t, at, disk);
  const published = await hall.pass(await founding(hall), 'Alice', 'Carol', 'Dora', 'Emil');
  if (!published.ok) throw new Error(published.because);
  return hall;
}

export async function founding({ room, person }: Hall): Promise<Proposal> {
  const keys = async (...names: readonly string[]) => Promise.all(names.map(async (name) => (await person(name)).key));
  const releases = await keys('Dora', 'Emil');
  return begin(
    room,
    undefined,
    { root: await keys('Alice', 'Bob', 'Carol'), targets: releases, products: [{ product: 'hub', releases }] },
    CEREMONY,
  );
}
