import { TROUBLE } from '../http/answers.ts';
import { passwordView } from '../views.ts';
import { html, refuse } from '../visit.ts';
import { confirm, tooSoon } from './confirm.ts';
import { changed, valueOf, type Duty } from './duty.ts';
import { judgePassword, keysOf, NOT_SET, setPassword } from './new-password.ts';

// EN 303 645 5.1-4, TS 103 645 4.1-1, G044 6.1-d, G045 AU-1-1: one form, from any page
export const changePassword: Duty = async (desk, declared, request, reply, input) => {
  const { visit } = request;
  const { parts } = desk.context;
  const { session } = visit;
  if (!session) return refuse(desk, visit, reply, TROUBLE.logIn);
  const current = await confirm(desk, declared, request, reply, input);
  if (current === 'busy') return refuse(desk, visit, reply, TROUBLE.busy);
  if (typeof current === 'object') return tooSoon(desk, request, reply, current.waitSeconds);
  const password = valueOf(declared, input, 'new-password') ?? '';
  const judged = await judgePassword(
    desk,
    session.account,
    password,
    valueOf(declared, input, 'repeat-password') ?? password,
  );
  if (judged.kind === 'busy') return refuse(desk, visit, reply, TROUBLE.busy);
  const refused = parts.passwordChange({ currentIsRight: current === 'right', refused: judged.refused });
  if (refused.length > 0) {
    const page = parts.pages.passwordPage(passwordView(desk, visit, keysOf(refused)));
    return html(reply, page, refused.includes('wrong-password') ? 403 : 422);
  }
  const done = await setPassword(desk, request, reply, { account: session.account, role: session.role, password });
  return done === 'done' ? changed(declared, reply, 'password-changed') : refuse(desk, visit, reply, NOT_SET[done]);
};
