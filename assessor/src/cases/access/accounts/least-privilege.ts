import { Type } from 'typebox';
import type { Declaration } from '@hearthward/product';
import type { Case, Judgement, Probe, Seen } from '../../../model.ts';
import { Answered, answered, blobsOf } from '../answers.ts';
import { fail, idsOf, open, pass, readEvidence, weigh } from '../evidence.ts';
import { accountAndChanges, overHttp, reachable, type HttpFunction } from '../subjects.ts';
import { lend, managed, managedMechanisms, type Managed } from './lent.ts';

/** As an account of the least role: what is granted works, what is not granted is refused. */
const Called = Type.Object(
  { role: Type.String(), granted: Type.Boolean(), answer: Answered },
  { additionalProperties: false },
);
const KINDS = { called: Called };

export const leastPrivilegeAccounts: Case = {
  id: 'least-privilege-accounts',
  topic: 'least-privilege-accounts',
  title: 'Adds an account of the least role and calls with it what it is granted and what it is not.',
  ready: accountAndChanges(managedMechanisms, 'no functions that add and remove accounts are declared'),
  effect: 'disturbing',
  putsBack: true,
  observe,
  judge,
};

interface Least {
  readonly role: string;
  readonly granted: ReadonlySet<string>;
}

/** Of the roles that an account can be given, the one with the fewest functions; undefined where all have the same. */
function leastOf(declaration: Declaration, { add }: Managed): Least | undefined {
  const given = add.request.fields.find((field) => field.role === 'account-role')?.choices ?? [];
  const roles = given.map((role) => ({
    role,
    granted: new Set(declaration.accessControls.filter((it) => it.role === role).flatMap((it) => it.functions)),
  }));
  // with equals, the one of the example
  const example = add.request.fields.find((field) => field.role === 'account-role')?.example;
  const sorted = roles.sort(
    (a, b) => a.granted.size - b.granted.size || Number(b.role === example) - Number(a.role === example),
  );
  return sorted[0];
}

/** What a call with the least account cannot harm where it is refused, and can be seen to be refused. */
const tried = (declaration: Declaration, { mechanism }: Managed): readonly HttpFunction[] =>
  declaration.externalFunctions
    .filter(overHttp)
    .filter((each) => mechanism.services.includes(each.service) && each.publicBecause === undefined)
    .filter((each) => each.purpose !== 'factory-reset' && each.purpose !== 'erase-own-data');

async function observe(probe: Probe): Promise<void> {
  const found = managed(probe.declaration);
  const within = reachable(
    probe,
    found.map(({ mechanism }) => mechanism),
  );
  for (const each of found.filter(({ mechanism }) => within.includes(mechanism))) {
    const least = leastOf(probe.declaration, each);
    const lent = least && (await lend(probe, each, least.role));
    if (!least || !lent) continue;
    if (lent.session === undefined) {
      probe.record('blocked', each.mechanism.id, { because: 'the added account does not come in' });
    } else {
      for (const wanted of tried(probe.declaration, each)) {
        const granted = least.granted.has(wanted.id);
        // a change that is granted is not needed as a control, and would have to be put back
        if (granted && wanted.kind !== 'read') continue;
        const reached = await probe.login.call(wanted.id, lent.session);
        const answer = answered(wanted, reached);
        probe.record('called', wanted.id, { role: least.role, granted, answer }, blobsOf(reached));
      }
    }
    await lent.remove();
    await probe.login.logout(each.mechanism.id, lent.owner);
    probe.login.forget(each.mechanism.id);
  }
}

// G045 AU-1-6: an account may do what it needs, and nothing else
function judge(seen: Seen): Judgement {
  const { rows, parts } = readEvidence(seen, KINDS);
  const asked = new Set(managed(seen.declaration).flatMap((each) => tried(seen.declaration, each).map(({ id }) => id)));
  const seenCalls = rows.called.filter(({ subject }) => asked.has(subject));
  const evidence = idsOf(seenCalls);
  const wrong = seenCalls.filter(({ data }) => !data.granted && data.answer.reached && !isRefusal(data.answer));
  const worked = seenCalls.filter(({ data }) => data.granted && data.answer.success);
  const refused = seenCalls.filter(({ data }) => !data.granted && isRefusal(data.answer));
  const role = seenCalls[0]?.data.role ?? 'least';
  const names = (rowsOf: typeof seenCalls) => rowsOf.map(({ subject }) => subject).join(', ');
  const part =
    wrong.length > 0
      ? fail(`an account of the role ${role} may call what it is not granted: ${names(wrong)}`, evidence)
      : worked.length === 0
        ? open('a function that the least role is granted was not seen to work', evidence)
        : refused.length === 0
          ? open('no function was seen to be refused to the least role', evidence)
          : pass(`${role}: ${worked.length} granted functions work, ${refused.length} others are refused`, evidence);
  return weigh([...parts, part], 'no functions that add and remove accounts are declared');
}

/** 401 and 403 (RFC 9110, 15.5.2 and 15.5.4), or the way to a login. */
const isRefusal = ({ reached, status, success }: Answered): boolean =>
  reached && (status === 401 || status === 403 || (!success && status >= 301 && status <= 303));
