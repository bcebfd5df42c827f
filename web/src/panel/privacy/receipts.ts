import type { ReceiptsView } from './views.ts';
import { html } from '../../parts/html.ts';
import { facts } from '../../parts/facts.ts';
import { instant } from '../../parts/format.ts';
import { mark } from '../../parts/marks.ts';
import { speak } from '../../parts/message.ts';
import { paths } from '../../parts/paths.ts';
import { panelDocument } from '../frame.ts';

/** What a person has allowed and withdrawn, to print and to keep. */
// EN 303 645 6-2, 6-3, G044 7-b, 7-c: the person has the same record as whoever relies on it
export function receiptsPage(view: ReceiptsView): string {
  const t = speak(view.language);
  return panelDocument(view, {
    title: t('receipts.title'),
    current: paths.panel.privacy,
    body: html`<p class="lead">${t('receipts.lead')}</p>
      ${
        view.receipts.length === 0
          ? html`<p>${t('receipts.none')}</p>`
          : view.receipts.map(
              (receipt) =>
                html`<article class="item">
                  <h2>
                    ${mark(receipt.given ? 'on' : 'off')} ${receipt.purpose ?? html`<code>${receipt.item}</code>`}
                  </h2>
                  ${receipt.purpose === undefined && html`<p>${t('receipts.older')}</p>`}
                  ${facts([
                    [t('receipts.decision'), t(receipt.given ? 'receipts.given' : 'receipts.refused')],
                    [t('receipts.when'), instant(view.language, receipt.at)],
                    [t('receipts.by'), t(`receipts.by.${receipt.by}`)],
                    [t('receipts.how'), t(`receipts.how.${receipt.how}`)],
                    [t('receipts.controller'), view.manufacturer],
                    [t('receipts.withdraw'), receipt.withdraw],
                    [t('receipts.notice'), html`<code>${receipt.notice}</code>`],
                    [t('receipts.subject'), html`<code>${receipt.subject}</code>`],
                    [t('receipts.number'), html`<code>${receipt.id}</code>`],
                  ])}
                </article>`,
            )
      }
      <p><a href="${(view.base ?? '') + paths.panel.privacy}">${t('receipts.back')}</a></p>`,
  });
}
