import { TROUBLE } from '../http/answers.ts';
import { safetyView } from '../views.ts';
import { html, refuse } from '../visit.ts';
import { confirm, tooSoon } from './confirm.ts';
import { changed, type Duty } from './duty.ts';

/** The owner connects a device again that was cut off, or knows who opened it: about what its page showed, and nothing that was found since. */
// EN 303 645 5.7-2, G044 6.7.2, G045 PL-1-4, AU-1-2: only who has just proven who they are ends a quarantine
export const endQuarantine: Duty = async (desk, declared, request, reply, input) => {
  const { visit } = request;
  const { quarantine, tamper, parts } = desk.context;
  const current = await confirm(desk, declared, request, reply, input);
  if (current === 'busy') return refuse(desk, visit, reply, TROUBLE.busy);
  if (typeof current === 'object') return tooSoon(desk, request, reply, current.waitSeconds);
  if (current === 'wrong') {
    const view = safetyView(desk, { ...visit, refused: 'refused.wrong-password' });
    return html(reply, parts.pages.safetyPage(view), 403);
  }
  const incident = Number(input['incident']);
  if (quarantine?.held()) {
    if (!(await quarantine.end(incident))) return refuse(desk, visit, reply, TROUBLE.conflict);
    return changed(declared, reply, 'quarantine-ended');
  }
  // an alarm that cut nothing off is known of from now on
  if (tamper && tamper.alarms().length > 0) {
    if (!(await tamper.know(incident))) return refuse(desk, visit, reply, TROUBLE.conflict);
    return changed(declared, reply, 'tamper-known');
  }
  return changed(declared, reply, 'quarantine-ended');
};
