import type { SafetyView } from '../views.ts';
import { html, type Html, type Part } from '../../parts/html.ts';
import { facts } from '../../parts/facts.ts';
import { postForm } from '../../parts/form.ts';
import { speak } from '../../parts/message.ts';
import { paths } from '../../parts/paths.ts';
import { may } from '../frame.ts';

/** RFC 5425, 4.1: syslog over TLS. */
const PORT = 6514;

/** The owner's own log server: off until named, ended with one button. */
export function logServerOf(view: SafetyView): Part {
  const { logServer } = view;
  if (logServer === undefined || !may(view, paths.panel.logServer)) return false;
  const t = speak(view.language);
  return html`<h2 id="log_server">${t('logserver.title')}</h2>
    <p>${t('logserver.what')}</p>
    ${logServer === 'off' ? naming(view) : ending(view, logServer)}`;
}

function naming(view: SafetyView): Html {
  const t = speak(view.language);
  return postForm({
    path: (view.base ?? '') + paths.panel.logServer,
    csrf: view.csrf,
    submit: t('logserver.begin'),
    className: 'stack card',
    body: html`<input type="hidden" name="forward" value="on" />
      <div class="field">
        <label for="log_server_host">${t('logserver.host')}</label>
        <input id="log_server_host" name="host" required maxlength="253" autocomplete="off" spellcheck="false" />
      </div>
      <div class="field">
        <label for="log_server_port">${t('logserver.port')}</label>
        <input
          id="log_server_port"
          name="port"
          type="number"
          min="1"
          max="65535"
          value="${String(PORT)}"
          required
          inputmode="numeric"
        />
      </div>
      <div class="field">
        <label for="log_server_fingerprint">${t('logserver.fingerprint')}</label>
        <input
          id="log_server_fingerprint"
          name="fingerprint"
          required
          minlength="64"
          maxlength="95"
          autocomplete="off"
          spellcheck="false"
          aria-describedby="log_server_help"
        />
        <p class="help" id="log_server_help">${t('logserver.fingerprint.help')}</p>
      </div>`,
  });
}

function ending(
  view: SafetyView,
  { host, port, fingerprint }: Exclude<SafetyView['logServer'], 'off' | undefined>,
): Html {
  const t = speak(view.language);
  return html`${facts([
    [t('logserver.host'), html`<code>${host}</code>`],
    [t('logserver.port'), String(port)],
    [t('logserver.fingerprint'), html`<code>${fingerprint}</code>`],
  ])}
  ${postForm({
    path: (view.base ?? '') + paths.panel.logServer,
    csrf: view.csrf,
    submit: t('logserver.end'),
    kind: 'quiet',
    body: html`<input type="hidden" name="forward" value="off" />
      <input type="hidden" name="host" value="" />
      <input type="hidden" name="port" value="${String(PORT)}" />
      <input type="hidden" name="fingerprint" value="" />`,
  })}`;
}
