import { shownLedger, lastSent } from './views.ts';
import type { Desk } from '../desk.ts';
import { accountUrlOf } from './views.ts';
import type { Visit } from '../visit.ts';
import { receiptsOf } from './receipts.ts';
import { residentOf } from '../../privacy/subjects/decide.ts';
import { readState } from '../documents.ts';

/** A person's own data, to take away: what this device holds of them, and where the rest is to be had. */

// EN 303 645 5.11-3, 6-1, G044 6.11.3, 7-a: before anything is erased, the person can have it
export function myData(desk: Desk, visit: Visit) {
  const { privacy, declaration, store, clock } = desk.context;
  const account = visit.session?.account;
  const { subjects, erasures } = privacy.state();
  const livesHere = account !== undefined && residentOf(subjects, privacy.home()) === account;
  const iso = (at: number): string => new Date(at).toISOString();
  const own = readState(store, 'accounts').accounts.find(({ name }) => name === account);
  return {
    made: iso(clock.now()),
    product: declaration.product.name[visit.language] ?? declaration.product.name.en,
    account: { name: account ?? '', role: visit.session?.role ?? '' },
    ...(own?.until === undefined ? {} : { accountEnds: iso(own.until) }),
    livesHere,
    pseudonyms: subjects.pseudonyms
      .filter((each) => each.account === account)
      .map(({ subject, of, items, since, until }) => ({
        subject,
        of,
        items,
        since: iso(since),
        ...(until === undefined ? {} : { until: iso(until) }),
      })),
    ...(account !== undefined && subjects.codes[account] ? { accountCode: subjects.codes[account].account } : {}),
    consents: receiptsOf(desk, visit),
    // what the household has is of who lives here
    ...(livesHere
      ? { deviceName: readState(store, 'settings').name, lastSent: lastSent(desk), left: shownLedger(desk, visit) }
      : {}),
    erasures: erasures
      .filter(({ by }) => by === account)
      .map(({ id, state, askedAt, undoUntil, places }) => ({
        id,
        state,
        askedAt: iso(askedAt),
        undoUntil: iso(undoUntil),
        places,
      })),
    atTheManufacturer: accountUrlOf(desk).accountUrl ?? declaration.manufacturer.site,
  };
}

/** One value a line: where it stands in the JSON, and what it is (RFC 4180). */
export function myTable(desk: Desk, visit: Visit): string {
  const lines = [['what', 'value'], ...flat('', myData(desk, visit))];
  return lines.map((line) => line.map(cell).join(',')).join('\r\n') + '\r\n';
}

function flat(path: string, value: unknown): readonly (readonly [string, string])[] {
  if (value === undefined) return [];
  if (typeof value !== 'object' || value === null)
    return [[path, typeof value === 'string' ? value : JSON.stringify(value)]];
  return Object.entries(value).flatMap(([key, part]) => flat(path === '' ? key : `${path}.${key}`, part));
}

/** Quoted, and never a formula of a spreadsheet: names come from people. */
const cell = (text: string): string => `"${(/^[=+\-@\t\r]/.test(text) ? `'${text}` : text).replaceAll('"', '""')}"`;
