import type { DeviceView } from './views.ts';
import { html, type Html } from '../parts/html.ts';
import { facts } from '../parts/facts.ts';
import { postForm } from '../parts/form.ts';
import { instant } from '../parts/format.ts';
import { speak } from '../parts/message.ts';
import { paths } from '../parts/paths.ts';
import { foldingTable } from '../parts/table.ts';

/** Whether a device's identities are believed, what it was certified with, and what an operator may do about it. */

export function custodySection(view: DeviceView): Html {
  const t = speak(view.language);
  const { custody } = view;
  return html`<section class="card" aria-labelledby="device_custody">
    <h2 id="device_custody">${t('custody.title')}</h2>
    ${facts([
      [t('custody.state'), t(`custody.state.${custody.state}`)],
      ...(custody.since === undefined ? [] : [[t('custody.since'), instant(view.language, custody.since)] as const]),
      ...(custody.because === undefined
        ? []
        : [[t('custody.because'), t(`custody.because.${custody.because}`)] as const]),
      [t('custody.copies'), String(custody.copies)],
    ])}
    ${custody.state === 'held' && decision(view, 'release')} ${custody.state !== 'out' && decision(view, 'revoke')}
  </section>`;
}

/** The box has to be ticked, with or without script; the server asks for it again. */
function decision(view: DeviceView, act: 'release' | 'revoke'): Html {
  const t = speak(view.language);
  const id = `confirm_${act}`;
  return postForm({
    path: `${(view.base ?? '') + paths.console.device}/${view.device.deviceId}/${act}`,
    csrf: view.csrf,
    body: html`<p>${t(`custody.${act}.means`)}</p>
      <div class="choice">
        <input type="checkbox" id="${id}" name="confirm" value="yes" required />
        <label for="${id}">${t(`custody.${act}.confirm`)}</label>
      </div>`,
    submit: t(`custody.${act}`),
    kind: act === 'revoke' ? 'danger' : 'primary',
  });
}

export function certificatesTable(view: DeviceView): Html {
  const t = speak(view.language);
  if (view.certificates.length === 0) return html`<p class="empty">${t('device.certificate.none')}</p>`;
  const heads = (
    [
      'certificates.kind',
      'certificates.state',
      'device.certificate.serial',
      'device.certificate.from',
      'device.certificate.until',
    ] as const
  ).map((key) => t(key));
  const [kind, state, serial, from, until] = heads;
  return foldingTable(
    t('certificates.title'),
    heads,
    view.certificates.map(
      (each) =>
        html`<tr>
          <th scope="row" data-label="${kind}">${t(`certificates.kind.${each.kind}`)}</th>
          <td data-label="${state}">${t(`certificates.state.${each.state}`)}</td>
          <td data-label="${serial}"><code>${each.serial}</code></td>
          <td data-label="${from}">${instant(view.language, each.notBefore)}</td>
          <td data-label="${until}">${instant(view.language, each.notAfter)}</td>
        </tr>`,
    ),
  );
}
