import type { KeyChoice, KeysView, SafetyView } from '../views.ts';
import { html, type Html, type Part } from '../../parts/html.ts';
import { facts } from '../../parts/facts.ts';
import { day, instant } from '../../parts/format.ts';
import { passwordField, postForm } from '../../parts/form.ts';
import { mark } from '../../parts/marks.ts';
import { speak } from '../../parts/message.ts';
import { paths } from '../../parts/paths.ts';
import { may, panelDocument } from '../frame.ts';
import { logServerOf } from './log-server.ts';
import { manufacturerOf } from './manufacturer.ts';
import { quarantineOf } from './quarantine.ts';

/** Is it securely set up, what is it, until when is it supported, what happened lately. */
// EN 303 645 5.12-3, 5.3-13, 5.3-16, G044 6.12.3: the device's own check, its model and its support period
export function safetyPage(view: SafetyView): string {
  const t = speak(view.language);
  return panelDocument(view, {
    title: t('safety.title'),
    current: paths.panel.safety,
    body: html`${quarantineOf(view)} ${checksOf(view)} ${manufacturerOf(view)}
      <h2>${t('safety.device')}</h2>
      ${facts([
        [t('safety.model'), view.model],
        [t('safety.serial'), view.serial],
        [t('safety.version'), view.softwareVersion],
        [t('safety.time'), t(`safety.time.${view.time}`)],
        [t('safety.support'), day(view.language, view.supportUntil)],
        [t('safety.sessions'), view.sessions],
      ])}
      ${view.supportUrl !== undefined && html`<p><a href="${view.supportUrl}" rel="noopener noreferrer">${t('safety.support.more')}</a></p>`}
      ${keysOf(view)} ${remoteOf(view)} ${logServerOf(view)}
      <h2>${t('safety.events')}</h2>
      ${eventsOf(view)} ${may(view, paths.panel.reset) && leaving(view)}`,
  });
}

function leaving(view: SafetyView): Html {
  const t = speak(view.language);
  return html`<h2>${t('safety.leave')}</h2>
    <p>${t('safety.leave.text')}</p>
    <p><a href="${(view.base ?? '') + paths.panel.reset}">${t('safety.reset')}</a></p>`;
}

function checksOf(view: SafetyView): Part {
  const t = speak(view.language);
  if (!view.checks?.length) return false;
  const bad = view.checks.filter((check) => !check.good);
  const verdict = bad.length === 0 ? t('safety.good') : t('safety.bad', { count: bad.length });
  const items = [...bad, ...view.checks.filter((check) => check.good)].map((check) => checkItem(view, check));
  return html`<section class="card" aria-labelledby="safety_check">
    <h2 id="safety_check">${t('safety.question')}</h2>
    <p class="value">${mark(bad.length === 0 ? 'good' : 'bad')}<span>${verdict}</span></p>
    <ul class="ticks">
      ${items}
    </ul>
    ${
      // G045 PL-1-4: verified by hand as well, by whoever may
      may(view, paths.panel.integrity) &&
      postForm({
        path: (view.base ?? '') + paths.panel.integrity,
        csrf: view.csrf,
        submit: t('integrity.check'),
        kind: 'quiet',
        body: false,
      })
    }
  </section>`;
}

/** In the order of the form; the first is what most people want. */
export const KEY_CHOICES: readonly KeyChoice[] = ['all', 'stored', 'panel', 'connection'];

/** What the device is known by, and the form that has its keys made anew. */
// EN 303 645 5.5-8, G044 6.5.8, G045 CR-1-3: the owner sees what a key is known by, before and after
function keysOf(view: SafetyView): Part {
  const { keys } = view;
  if (!keys || !may(view, paths.panel.keys)) return false;
  const t = speak(view.language);
  return html`<h2 id="device_keys">${t('keys.title')}</h2>
    ${renewedOf(view, keys)}
    ${facts([
      [t('keys.label'), fingerprint(keys.label)],
      [t('keys.panel'), keys.panel !== keys.label && fingerprint(keys.panel)],
      [t('keys.connection'), keys.connection !== undefined && fingerprint(keys.connection)],
      [
        t('keys.algorithm'),
        keys.algorithm !== undefined && html`<code id="connection_algorithm">${keys.algorithm}</code>`,
      ],
    ])}
    <p>${t('keys.what')}</p>
    ${postForm({
      path: (view.base ?? '') + paths.panel.keys,
      csrf: view.csrf,
      submit: t('keys.submit'),
      className: 'stack card',
      body: html`<div class="field">
          <label for="keys_which">${t('keys.which')}</label>
          <select id="keys_which" name="keys">
            ${KEY_CHOICES.map((choice) => html`<option value="${choice}">${t(`keys.choice.${choice}`)}</option>`)}
          </select>
        </div>
        ${passwordField({ id: 'keys_current', name: 'current', label: t('password.current'), language: view.language, autocomplete: 'current-password', maximumLength: 128 })}`,
    })}`;
}

function renewedOf(view: SafetyView, { renewed = [] }: KeysView): Part {
  if (renewed.length === 0) return false;
  const t = speak(view.language);
  const items = renewed.map(
    ({ key, done, before, after }) =>
      html`<li>
        ${mark(done ? 'good' : 'waiting')}<span
          >${t(`keys.choice.${key}`)}: ${t(done ? 'keys.done' : 'keys.waiting')}
          ${before !== undefined && after !== undefined && html`<br />${t('keys.before')} ${fingerprint(before)}<br />${t('keys.after')} ${fingerprint(after)}`}</span
        >
      </li>`,
  );
  return html`<section class="card" id="renewed_keys" role="status" aria-label="${t('keys.title')}">
    <ul class="ticks">
      ${items}
    </ul>
  </section>`;
}

const fingerprint = (hex: string): Html => html`<code>${hex}</code>`;

/** Off unless the owner wants help; the banner above tells the rest while it is on. */
function remoteOf(view: SafetyView): Part {
  if (view.remote === undefined) return false;
  const t = speak(view.language);
  const choices = ['1', '24'] as const;
  return html`<h2 id="remote_help">${t('remote.title')}</h2>
    <p>${t('remote.what')}</p>
    ${
      view.remote === 'off' &&
      postForm({
        path: (view.base ?? '') + paths.panel.remote,
        csrf: view.csrf,
        submit: t('remote.allow'),
        className: 'stack card',
        body: html`<label for="remote_hours">${t('remote.for')}</label>
          <select id="remote_hours" name="remote">
            ${choices.map((hours) => html`<option value="${hours}">${t(`hours.${hours}`)}</option>`)}
          </select>`,
      })
    }`;
}

function checkItem(view: SafetyView, check: NonNullable<SafetyView['checks']>[number]): Html {
  const t = speak(view.language);
  const sign = html`${mark(check.good ? 'good' : 'bad')}<span class="unseen"
      >${t(check.good ? 'check.good' : 'check.bad')}</span
    >`;
  const cure = check.cure && html`<br /><a href="${(view.base ?? '') + check.cure.path}">${check.cure.label}</a>`;
  return html`<li>${sign}<span>${check.text}${cure}</span></li>`;
}

function eventsOf(view: SafetyView): Html {
  const t = speak(view.language);
  if (view.events.length === 0) return html`<p>${t('safety.events.none')}</p>`;
  const items = view.events.map(
    (event) => html`<li><span class="when">${instant(view.language, event.at)}</span> <span>${event.text}</span></li>`,
  );
  return html`<ol class="events">
    ${items}
  </ol>`;
}
