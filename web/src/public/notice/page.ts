import { noticeDocument, versionOfNotice } from '@hearthward/product';
import type { NoticeShown, PublicView } from '../views.ts';
import { day, days, list, plain, words } from '../../parts/format.ts';
import { html, type Html, type Part } from '../../parts/html.ts';
import { speak } from '../../parts/message.ts';
import { contactLink, itemMaker, linkTo, publicDocument, section } from '../frame.ts';
import { fieldRows, itemRows, partyRows, sensorRows } from '../../parts/notice-rows.ts';

// EN 303 645 5.8-3, 6-1, 6-5, G044 7-a, 7-e: every sensor, every item, every field, in plain words
export function privacyNotice(view: PublicView): string {
  const { language } = view;
  const t = speak(language);
  const shown = view.notice ?? noticeOf(view);
  const { document } = shown;
  const { manufacturer } = document;
  const item = itemMaker();
  // personal data first: where two tables share an id, the links of the telemetry lead to the data
  const data = document.personalData.map((each) =>
    item('personalData', each.id, words(language, each.name), itemRows(language, document, each)),
  );
  const sensors = document.sensors.map((each) =>
    item('externalSensors', each.id, words(language, each.name), sensorRows(language, each)),
  );
  const telemetry = document.telemetry.map((each) =>
    item('telemetryData', each.id, words(language, each.name), fieldRows(language, document, each)),
  );
  const parties = document.parties.map((each) =>
    item('dataParties', each.id, each.name, partyRows(language, document, each)),
  );
  return publicDocument(
    view,
    'privacy',
    t('notice.lead', { maker: manufacturer.name }),
    html` ${past(view, shown)}
      <section class="card">
        <h2>${t('notice.short')}</h2>
        <ul class="ticks">
          ${inShort(view, shown)}
        </ul>
      </section>
      ${section(t('privacy.senses'), t('privacy.senses.none'), sensors)}
      ${section(t('privacy.kept'), t('privacy.kept.none'), data)}
      ${section(t('privacy.sent'), t('privacy.sent.none'), telemetry, t('notice.sent.text'))}
      ${section(t('notice.parties'), t('notice.parties.none'), parties)}
      <section>
        <h2>${t('notice.rights')}</h2>
        <p>${t('notice.rights.text')}</p>
        <ul class="plain">
          <li>${linkTo(view, 'deletion')}</li>
          ${view.links['account'] !== undefined && html`<li><a href="${view.links['account']}">${t('deletion.away.link')}</a></li>`}
        </ul>
        <p>
          ${manufacturer.name}${manufacturer.address !== undefined && html`, ${manufacturer.address}`}.
          <a href="${manufacturer.site}" class="address">${manufacturer.site}</a>
        </p>
        <p>${t('notice.contact')} ${document.contact.slice(0, 1).map(contactLink)}</p>
      </section>
      ${versionOf(view, shown)}`,
  );
}

const noticeOf = ({ declaration }: PublicView): NoticeShown => {
  const document = noticeDocument(declaration);
  return { document, version: versionOfNotice(document) };
};

/** Whoever reads what no longer holds is told so before anything else. */
function past(view: PublicView, { from, until }: NoticeShown): Part {
  const t = speak(view.language);
  if (until === undefined || from === undefined) return false;
  const { today } = view.links;
  return html`<section class="notice" id="past_notice">
    <div>
      <p><strong>${t('notice.past')}</strong> ${day(view.language, from)} – ${day(view.language, until)}</p>
      ${today !== undefined && html`<p><a href="${today}">${t('notice.today')}</a></p>`}
    </div>
  </section>`;
}

function versionOf(view: PublicView, { version, from }: NoticeShown): Html {
  const t = speak(view.language);
  const { history } = view.links;
  return html`<section>
    <h2>${t('notice.version')}</h2>
    <p>
      <code id="notice_version">${version}</code>
      ${from !== undefined && html`${t('notice.since')} ${day(view.language, from)}`}
    </p>
    ${history !== undefined && html`<p><a href="${history}">${t('notice.history')}</a></p>`}
  </section>`;
}

function inShort({ language }: PublicView, { document }: NoticeShown): readonly Html[] {
  const t = speak(language);
  const { personalData, sensors, telemetry } = document;
  const names = (of: 'recipients' | 'advertisers'): string[] => [
    ...new Set(personalData.flatMap((item) => item[of].map((said) => plain(language, said)))),
  ];
  const [recipients, advertisers] = [names('recipients'), names('advertisers')];
  const told = [
    t('notice.short.counts', { sensors: sensors.length, data: personalData.length, fields: telemetry.length }),
    ...(recipients.length + advertisers.length === 0 ? [t('notice.short.no-recipients')] : []),
    ...(recipients.length > 0 ? [t('notice.short.recipients', { recipients: list(language, recipients) })] : []),
    ...(recipients.length > 0 && advertisers.length === 0 ? [t('notice.short.no-advertisers')] : []),
    ...(advertisers.length > 0 ? [t('notice.short.advertisers', { advertisers: list(language, advertisers) })] : []),
    retention({ language, document }),
  ];
  return told.map((text) => html`<li>${text}</li>`);
}

function retention({ language, document }: Pick<PublicView, 'language'> & Pick<NoticeShown, 'document'>): string {
  const t = speak(language);
  const kept = document.personalData.map(({ retentionDays }) => retentionDays);
  const longest = kept.reduce((most, n) => Math.max(most, n), 0);
  if (kept.length === 0) return t('notice.short.not-kept');
  if (longest === 0) return t('notice.short.all-until-deleted');
  const told = { span: days(language, longest) };
  return t(kept.includes(0) ? 'notice.short.some-until-deleted' : 'notice.short.longest', told);
}
