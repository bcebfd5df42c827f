import type { OperatorLoginView } from './views.ts';
import { loginForm, loginTrouble } from '../panel/login.ts';
import { html } from '../parts/html.ts';
import { speak } from '../parts/message.ts';
import { paths } from '../parts/paths.ts';
import { consoleDocument } from './frame.ts';

export function operatorLoginPage(view: OperatorLoginView): string {
  return consoleDocument(view, {
    title: speak(view.language)('console.login.title'),
    body: html`${loginTrouble(view)}${loginForm(view, (view.base ?? '') + paths.console.login)}`,
  });
}
