import type { CheckOutcome } from '../../setup/check/decide.ts';
import { settingsOf } from '../../setup/check/self.ts';
import { TROUBLE } from '../http/answers.ts';
import { refuse } from '../visit.ts';
import { changed, type Duty } from './duty.ts';

/** The owner has the manufacturer look; the page that comes shows what came of it, and the log has it. */
// EN 303 645 5.12-3, TS 103 645 4.12-1, G044 6.12.3: over a secure channel, when a person asks and at no other time
export const checkSetup: Duty = async (desk, declared, request, reply) => {
  const { setupCheck } = desk.context;
  if (!setupCheck?.offered) return refuse(desk, request.visit, reply, TROUBLE.conflict);
  const came = await setupCheck.ask();
  if (came === 'not-now') return changed(declared, reply, 'setup-not-now');
  return changed(declared, reply, came.kind === 'answered' ? `setup-${came.verdict}` : 'setup-unanswered');
};

/** What device and manufacturer find, as data: of each thing whether it is as it should be, and no more. */
export const readSetupCheck: Duty = async (desk, _declared, request, reply) => {
  const { setupCheck } = desk.context;
  if (!setupCheck) return refuse(desk, request.visit, reply, TROUBLE.conflict);
  const last = setupCheck.last();
  return reply.send({
    self: settingsOf(setupCheck.self(request.visit.language)),
    manufacturer: last ? { at: new Date(last.at).toISOString(), ...plainly(last.outcome) } : { kind: 'never' },
  });
};

/** One code for each finding: a setting has its own. */
const plainly = (outcome: CheckOutcome): CheckOutcome =>
  outcome.kind === 'unanswered'
    ? outcome
    : {
        ...outcome,
        findings: outcome.findings.map(({ code, good, about }) =>
          code === 'setting'
            ? { code: `setting-${about ?? ''}`, good }
            : { code, good, ...(about === undefined ? {} : { about }) },
        ),
      };
