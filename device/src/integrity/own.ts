import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Declaration } from '@hearthward/product';
import { DIGESTS } from '@hearthward/protocol';
import type { Language } from '@hearthward/standards';
import { message } from '@hearthward/web';
import { Value } from 'typebox/value';
import { BUNDLE_FILE, PRODUCT_FILE } from '../manufacture/bundle.ts';
import type { RecordEvent } from '../channel/channel.ts';
import type { Looked, QuarantineLink } from '../quarantine/link.ts';
import { hasBegun } from '../quarantine/record.ts';
import { tellOfRefused } from '../quarantine/refused.ts';
import type { SafetyCheck, StateStore } from '../seams.ts';
import { ifThere } from '../driver/absent.ts';
import { every } from '../driver/every.ts';
import { systemDisk } from '../updates/slots/disk.ts';
import { compareSeals, Seals, type Found } from './decide.ts';

/** Core's part: what it holds itself, against what was sealed, at the start and from then on. */

/** The room's name in the store; no reset erases it, since the factory's files stay as well. */
const ROOM = 'integrity';

export interface OwnIntegrity {
  /** for the page on safety */
  readonly checks: (language: Language) => readonly SafetyCheck[];
  /** software and configuration at once, because somebody asks */
  readonly check: () => Promise<Looked>;
  readonly stop: () => void;
}

export const watchOwn = (given: {
  readonly declaration: Declaration;
  readonly dataDir: string;
  readonly store: StateStore;
  readonly quarantine: QuarantineLink;
  readonly record: RecordEvent;
  readonly fault: (thrown: unknown) => void;
}): OwnIntegrity => {
  const { declaration, dataDir, store, quarantine, record } = given;
  const everyMillis = (declaration.integrity?.periodHours ?? LONGEST_HOURS) * 3_600_000;
  let altered: readonly string[] = [];
  const found = (): Found => ({
    [BUNDLE_FILE]: digestOf(contentOf(join(dataDir, BUNDLE_FILE))),
    [PRODUCT_FILE]: digestOf(contentOf(join(dataDir, PRODUCT_FILE))),
  });
  const sealed = (): Seals | undefined => {
    const stored = store.read(ROOM);
    return Value.Check(Seals, stored) ? stored : undefined;
  };
  const look = (): void => {
    const compared = compareSeals(sealed(), found());
    ({ altered } = compared);
    if (compared.seal) store.write(ROOM, compared.seal);
    // EN 303 645 5.7-2, G044 6.7.2: told and cut off; the owner's decision makes what is there now count as right
    const [first] = altered;
    if (first !== undefined && !quarantine.held()) quarantine.enter('integrity', `configuration ${first}`);
  };
  quarantine.onChange(() => {
    const { held, ended } = quarantine.state();
    if (held || altered.length === 0 || ended?.because !== 'decided') return;
    store.write(ROOM, { ...sealed(), ...found() });
    altered = [];
  });
  tellOfRefused(systemDisk, dataDir, { store, record });
  // EN 303 645 5.7-2, G044 6.7.2, G045 PL-1-4: who takes the store away gets no device as it was delivered without a word
  if (sealed() === undefined && hasBegun(systemDisk, dataDir)) quarantine.enter('integrity', 'store lost');
  look();
  quarantine.begun();
  const checks: OwnIntegrity['checks'] = (language) => {
    const found = quarantine.held()?.found.some(({ cause, recovered }) => cause === 'integrity' && !recovered) ?? false;
    return [{ good: !found, text: message(language, found ? 'integrity.altered' : 'integrity.whole') }];
  };
  // G045 PL-1-4: verified when somebody asks for it as well
  const check: OwnIntegrity['check'] = async () => {
    look();
    const software = await quarantine.look();
    return altered.length > 0 ? 'altered' : software;
  };
  return { checks, check, stop: every(everyMillis, look, given.fault) };
};

const LONGEST_HOURS = 24;

/** What is gone, or no file any more, is altered too. */
const contentOf = (path: string): string =>
  systemDisk.look(path)?.kind === 'file' ? ifThere(() => readFileSync(path, 'latin1')) : '';

const digestOf = (text: string): string => createHash(DIGESTS.sha256.digest).update(text, 'latin1').digest('hex');
