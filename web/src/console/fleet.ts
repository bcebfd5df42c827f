import type { DeviceRow, FleetView } from './views.ts';
import { html, raw, type Html } from '../parts/html.ts';
import { instant, number } from '../parts/format.ts';
import { mark, type Mark } from '../parts/marks.ts';
import { speak } from '../parts/message.ts';
import { pagesNav } from '../parts/pages.ts';
import { paths } from '../parts/paths.ts';
import { foldingTable } from '../parts/table.ts';
import { consoleDocument } from './frame.ts';

const STATES: readonly DeviceRow['state'][] = ['connected', 'silent', 'enrolled', 'made'];
const MARKS: Readonly<Record<DeviceRow['state'], Mark>> = {
  connected: 'good',
  silent: 'bad',
  enrolled: 'on',
  made: 'off',
};

/** The fleet at a glance: counts that are filters, the filter in the address, the same rows as a file. */
export function fleetPage(view: FleetView): string {
  const t = speak(view.language);
  return consoleDocument(view, {
    title: t('fleet.title'),
    current: paths.console.fleet,
    body: html`${counts(view)}${filterForm(view)}${table(view)}${pagesNav(view, (page) => address(view, { page }))}`,
  });
}

export const stateOf = (view: Pick<FleetView, 'language'>, state: DeviceRow['state']): Html =>
  html`<span class="state">${mark(MARKS[state])} ${speak(view.language)(`state.${state}`)}</span>`;

function counts(view: FleetView): Html {
  const t = speak(view.language);
  const items = STATES.map((state) => {
    const current = view.filter.state === state && raw` aria-current="true"`;
    return html`<li>
      <a class="count" href="${address(view, { state })}" ${current}
        ><strong>${number(view.language, view.counts[state])}</strong> ${stateOf(view, state)}</a
      >
    </li>`;
  });
  // An alert is there only while there is something to look at.
  const doubted =
    (view.counts.doubted > 0 || view.filter.doubted === true) &&
    html`<li>
      <a
        class="count"
        href="${(view.base ?? '') + paths.console.fleet}?log=doubted"
        ${view.filter.doubted === true && raw` aria-current="true"`}
        ><strong>${number(view.language, view.counts.doubted)}</strong>
        <span class="state">${mark('bad')} ${t('fleet.doubted')}</span></a
      >
    </li>`;
  return html`<ul class="counts" aria-label="${t('fleet.counts')}">
    ${items}${doubted}
  </ul>`;
}

function filterForm(view: FleetView): Html {
  const t = speak(view.language);
  const options = STATES.map(
    (state) =>
      html`<option value="${state}" ${view.filter.state === state && raw` selected`}>${t(`state.${state}`)}</option>`,
  );
  const filtered = Boolean(view.filter.state) || Boolean(view.filter.search) || view.filter.doubted === true;
  const base = view.base ?? '';
  return html`<form method="get" action="${base + paths.console.fleet}" class="filter" role="search">
    <div class="field">
      <label for="search">${t('fleet.search')}</label
      ><input
        id="search"
        name="search"
        type="search"
        value="${view.filter.search ?? ''}"
        maxlength="64"
        autocomplete="off"
      />
    </div>
    <div class="field">
      <label for="state">${t('fleet.state')}</label
      ><select id="state" name="state">
        <option value="">${t('fleet.any')}</option>
        ${options}
      </select>
    </div>
    <p class="act">
      <button type="submit" class="primary">${t('fleet.filter')}</button
      >${filtered && html` <a href="${base + paths.console.fleet}">${t('fleet.clear')}</a>`}
    </p>
  </form>`;
}

function table(view: FleetView): Html {
  const t = speak(view.language);
  const summary = html`<p class="table-head">
    <span>${t('fleet.total', { total: view.total })}</span>
    <a href="${(view.base ?? '') + paths.console.fleetExport + query(view, {})}" download>${t('fleet.export')}</a>
  </p>`;
  if (view.devices.length === 0)
    return html`${summary}
      <p class="empty">${t('fleet.none')}</p>`;
  const rows = view.devices.map(
    (device) =>
      html`<tr>
        <th scope="row" data-label="${t('fleet.serial')}">
          <a href="${`${view.base ?? ''}${paths.console.device}/${encodeURIComponent(device.deviceId)}`}"
            >${device.serial}</a
          >
        </th>
        <td data-label="${t('fleet.model')}">${device.model}</td>
        <td data-label="${t('fleet.state')}">
          ${stateOf(view, device.state)}${device.doubtedAt !== undefined && html` <span class="state">${mark('bad')} ${t('fleet.doubted')}</span>`}
        </td>
        <td data-label="${t('fleet.seen')}">
          ${device.lastSeen === undefined ? t('fleet.never') : instant(view.language, device.lastSeen)}
        </td>
      </tr>`,
  );
  const heads = [t('fleet.serial'), t('fleet.model'), t('fleet.state'), t('fleet.seen')];
  return html`${summary} ${foldingTable(t('fleet.title'), heads, rows)}`;
}

const address = (view: FleetView, change: { readonly state?: string; readonly page?: number }): string =>
  (view.base ?? '') + paths.console.fleet + query(view, change);

function query(view: FleetView, change: { readonly state?: string; readonly page?: number }): string {
  const params = new URLSearchParams();
  const state = change.state ?? view.filter.state;
  if (view.filter.search) params.set('search', view.filter.search);
  if (state) params.set('state', state);
  // counts by state and by doubt are one choice
  if (view.filter.doubted && change.state === undefined) params.set('log', 'doubted');
  if (change.page !== undefined && change.page > 1) params.set('page', String(change.page));
  const text = params.toString();
  return text === '' ? '' : `?${text}`;
}
