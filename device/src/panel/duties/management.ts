import { TROUBLE } from '../http/answers.ts';
import { safetyView } from '../views.ts';
import { html, refuse } from '../visit.ts';
import { confirm } from './confirm.ts';
import { changed, type Duty } from './duty.ts';

/** The owner lets the manufacturer's operators act on the device for a time, or ends it at once. */
// EN 303 645 5.5-5, G045 AU-1-2, PL-3-2: who switches it on has just proven who they are; switching it off needs a session alone
export const setRemoteManagement: Duty = async (desk, declared, request, reply, input) => {
  const { visit } = request;
  const { management, parts } = desk.context;
  const chosen = Object.values(input).find((value) => typeof value === 'string');
  if (!management?.possible) return refuse(desk, visit, reply, TROUBLE.conflict);
  if (chosen !== '1' && chosen !== '24') await management.end();
  else {
    const confirmed = await confirm(desk, declared, request, reply, input);
    if (confirmed !== 'right') {
      const view = safetyView(desk, { ...visit, refused: 'refused.sign-in-again' });
      return html(reply, parts.pages.safetyPage(view), 403);
    }
    await management.allow(chosen);
  }
  return changed(declared, reply, 'choices-saved');
};
