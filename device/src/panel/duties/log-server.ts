import { TROUBLE } from '../http/answers.ts';
import { logServerOf } from '../../logging/forwarding/typed.ts';
import { safetyView } from '../views.ts';
import { html, refuse } from '../visit.ts';
import { confirm } from './confirm.ts';
import { changed, type Duty } from './duty.ts';

/** The owner has the log sent to a server of theirs, or ends it at once. */
// EN 303 645 5.6-1, G045 PL-4-2: nothing goes there until the owner, who has just proven who they are, has named place and certificate
export const setLogServer: Duty = async (desk, declared, request, reply, input) => {
  const { visit } = request;
  const { forwarding, parts } = desk.context;
  if (!forwarding) return refuse(desk, visit, reply, TROUBLE.conflict);
  const again = (refused: string, status: number) =>
    html(reply, parts.pages.safetyPage(safetyView(desk, { ...visit, refused })), status);
  if (input['forward'] !== 'on') {
    forwarding.choose(undefined);
  } else {
    const confirmed = await confirm(desk, declared, request, reply, input);
    if (confirmed !== 'right') return again('refused.sign-in-again', 403);
    const { host, port, fingerprint } = input;
    const server = logServerOf({ host: String(host), port: Number(port), fingerprint: String(fingerprint) });
    if (!server) return again('refused.log-server', 422);
    forwarding.choose(server);
  }
  desk.record('setting-changed', { function: declared.id });
  return changed(declared, reply, 'choices-saved');
};
