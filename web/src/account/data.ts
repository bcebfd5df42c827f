import type { AccountConsent, AccountConsentsView, AccountDataView, AccountItem, AccountLookedView } from './views.ts';
import { facts } from '../parts/facts.ts';
import { postForm } from '../parts/form.ts';
import { day, days, instant, number, words } from '../parts/format.ts';
import { html, type Html, type Part } from '../parts/html.ts';
import { mark } from '../parts/marks.ts';
import { speak } from '../parts/message.ts';
import { paths } from '../parts/paths.ts';
import { foldingTable } from '../parts/table.ts';
import { accountDocument, deviceName } from './frame.ts';

/** What is kept of a person: how much, from when, until when; a value only where it was asked for. */
// EN 303 645 5.8-3, 6-1, TS 103 645 4.8-1, G044 6.8.3, 7-a: told of one's own data, not only of data in general
export function accountDataPage(view: AccountDataView): string {
  const t = speak(view.language);
  const base = view.base ?? '';
  return accountDocument(view, {
    title: t('account.data.title'),
    lead: t('account.data.lead'),
    current: paths.account.data,
    body: html`${
        view.devices.length === 0
          ? html`<p class="empty">${t('account.data.none')}</p>`
          : view.devices.map((device) => deviceSection(view, device))
      }
      ${
        view.devices.length > 0 &&
        html`<section class="card">
          <h2>${t('account.export.title')}</h2>
          <p>${t('account.export.text')}</p>
          <ul class="plain">
            <li><a href="${base + paths.account.exportJson}" download>${t('account.export.json')}</a></li>
            <li><a href="${base + paths.account.exportCsv}" download>${t('account.export.csv')}</a></li>
          </ul>
        </section>`
      }
      <h2>${t('account.more')}</h2>
      <ul>
        <li><a href="${base + paths.account.erase}">${t('account.erase.title')}</a></li>
        <li><a href="${base + paths.account.end}">${t('account.end.title')}</a></li>
      </ul>`,
  });
}

function deviceSection(view: AccountDataView, device: AccountDataView['devices'][number]): Html {
  const t = speak(view.language);
  return html`<section aria-labelledby="device_${device.deviceId}">
    <h2 id="device_${device.deviceId}">${deviceName(view, device)}</h2>
    ${device.partedAt !== undefined && html`<p>${instant(view.language, device.partedAt)}: ${t('account.data.parted')}</p>`}
    ${
      device.blocked
        ? html`<p>${mark('waiting')} ${t('account.data.blocked')}</p>`
        : device.items.length === 0
          ? html`<p class="empty">${t('account.data.nothing')}</p>`
          : html`<div class="items">${device.items.map((item) => itemCard(view, item))}</div>`
    }
  </section>`;
}

function itemCard(view: AccountDataView, item: AccountItem): Html {
  const { language } = view;
  const t = speak(language);
  return html`<article class="item" data-item="${item.item}">
    <h3>${words(language, item.name)}</h3>
    ${facts([
      [t('account.item.purpose'), words(language, item.purpose)],
      [t('account.item.count'), number(language, item.count)],
      [t('account.item.from'), item.from !== undefined && day(language, item.from)],
      [t('account.item.to'), item.to !== undefined && day(language, item.to)],
      [
        t('account.item.kept'),
        item.days === 0
          ? t('fact.kept.until-deleted')
          : t('account.item.kept.days', { days: days(language, item.days) }),
      ],
      [t('account.item.until'), item.until !== undefined && day(language, item.until)],
    ])}
    ${item.sealedTo !== undefined && html`<p>${mark('info')} ${t('account.item.sealed', { party: item.sealedTo })}</p>`}
    ${item.latest && item.sealedTo === undefined ? latestTable(view, item.latest) : item.count > 0 && item.sealedTo === undefined && showForm(view, item)}
  </article>`;
}

const showForm = (view: AccountDataView, { subject, item }: AccountItem): Html =>
  postForm({
    path: (view.base ?? '') + paths.account.values,
    csrf: view.csrf,
    submit: speak(view.language)('account.item.show'),
    kind: 'quiet',
    body: html`<input type="hidden" name="subject" value="${subject}" /><input
        type="hidden"
        name="item"
        value="${item}"
      />`,
  });

function latestTable(view: AccountDataView, latest: NonNullable<AccountItem['latest']>): Part {
  const { language } = view;
  const t = speak(language);
  const heads = [t('account.value.field'), t('account.value.at'), t('account.value.value')];
  return foldingTable(
    t('account.item.latest'),
    heads,
    latest.map(
      ({ field, unit, at, value }) =>
        html`<tr>
          <th scope="row" data-label="${heads[0]}">${words(language, field)}</th>
          <td data-label="${heads[1]}">${instant(language, at)}</td>
          <td data-label="${heads[2]}">${value}${unit !== undefined && ` ${unit}`}</td>
        </tr>`,
    ),
  );
}

/** Each decision with its one button: taking it back asks no more than giving it did. */
// EN 303 645 6-3, TS 103 645 4.10-3, G044 7-c: withdrawn as easily as given
export function accountConsentsPage(view: AccountConsentsView): string {
  const t = speak(view.language);
  const decided = view.devices.filter(({ consents }) => consents.length > 0);
  return accountDocument(view, {
    title: t('account.consents.title'),
    lead: t('account.consents.lead'),
    current: paths.account.consents,
    body:
      decided.length === 0
        ? html`<p class="empty">${t('account.consents.none')}</p>`
        : decided.map(
            (device) =>
              html`<section>
                <h2>${deviceName(view, device)}</h2>
                <div class="items">${device.consents.map((consent) => consentCard(view, consent))}</div>
              </section>`,
          ),
  });
}

function consentCard(view: AccountConsentsView, consent: AccountConsent): Html {
  const { language } = view;
  const t = speak(language);
  return html`<article class="item">
    <h3>${words(language, consent.name)}</h3>
    ${facts([
      [t('account.item.purpose'), words(language, consent.purpose)],
      [
        t('account.consent.state'),
        html`<span class="state"
          >${mark(consent.given ? 'on' : 'off')}
          ${t(consent.given ? 'account.consent.given' : 'account.consent.not-given')}</span
        >`,
      ],
      [t('account.consent.at'), instant(language, consent.at)],
      [t('account.consent.by'), t(`account.consent.by.${consent.by}`)],
      [t('account.consent.how'), t(`account.consent.how.${consent.how}`)],
      [t('account.consent.notice'), html`<code>${consent.notice}</code>`],
    ])}
    ${
      consent.given
        ? postForm({
            path: (view.base ?? '') + paths.account.withdraw,
            csrf: view.csrf,
            submit: t('account.consent.withdraw'),
            body: html`<input type="hidden" name="subject" value="${consent.subject}" /><input
                type="hidden"
                name="item"
                value="${consent.item}"
              />`,
          })
        : html`<p>${t('account.consent.again')}</p>`
    }
  </article>`;
}

/** Who looked: the person with the code, and whoever works for the manufacturer, with the reason that was given. */
export function accountLookedPage(view: AccountLookedView): string {
  const { language } = view;
  const t = speak(language);
  const heads = [t('account.looked.at'), t('account.looked.who'), t('account.looked.what'), t('account.looked.why')];
  return accountDocument(view, {
    title: t('account.looked.title'),
    lead: t('account.looked.lead'),
    current: paths.account.looked,
    body:
      view.entries.length === 0
        ? html`<p class="empty">${t('account.looked.none')}</p>`
        : foldingTable(
            t('account.looked.title'),
            heads,
            view.entries.map(
              ({ at, who, what, why }) =>
                html`<tr>
                  <th scope="row" data-label="${heads[0]}">${instant(language, at)}</th>
                  <td data-label="${heads[1]}">${t(`account.looked.who.${who}`)}</td>
                  <td data-label="${heads[2]}">${t(`account.looked.what.${what}`)}</td>
                  <td data-label="${heads[3]}">${why ?? ''}</td>
                </tr>`,
            ),
          ),
  });
}
