import { noticeDocument } from '@hearthward/product';
import type { PublicView } from './views.ts';
import { plain, words } from '../parts/format.ts';
import { html, type Part } from '../parts/html.ts';
import { isMessageKey, message, speak } from '../parts/message.ts';
import { itemMaker, publicDocument, section } from './frame.ts';
import { wayRows } from '../parts/notice-rows.ts';

// EN 303 645 5.11-3, G044 6.11.3: how to delete, step by step, for every declared way
export function deletionPage(view: PublicView): string {
  const t = speak(view.language);
  const { personalData } = view.declaration;
  const item = itemMaker();
  const nameOf = (id: string): string => {
    const data = personalData.find((item) => item.id === id);
    if (data) return plain(view.language, data.name);
    const key = `deletes.${id}`;
    return isMessageKey(key) ? message(view.language, key) : id;
  };
  const ways = noticeDocument(view.declaration).deletion.map((way) =>
    item('deletionFunctions', way.id, words(view.language, way.description), [
      [
        t('deletion.what'),
        html`<ul>
          ${way.deletes.map((id) => html`<li>${nameOf(id)}</li>`)}
        </ul>`,
      ],
      ...wayRows(view.language, way),
    ]),
  );
  return publicDocument(
    view,
    'deletion',
    t('deletion.lead'),
    html` ${ownData(view)}
      <section>
        <h2>${t('deletion.steps')}</h2>
        <ol>
          <li>${t('deletion.step.1')}</li>
          <li>${t('deletion.step.2')}</li>
          <li>${t('deletion.step.3')}</li>
          <li>${t('deletion.step.4')}</li>
        </ol>
      </section>
      ${section(t('deletion.ways'), t('deletion.ways.none'), ways)}
      <section>
        <h2>${t('deletion.leave')}</h2>
        <p>${t('deletion.leave.text')}</p>
      </section>`,
  );
}

/** One person’s data, on a device that stays as it is, and without the device. */
function ownData(view: PublicView): Part {
  const t = speak(view.language);
  const isDeclared = view.declaration.deletionFunctions.some(({ scope }) => scope === 'own-data');
  const account = view.links['account'];
  return [
    isDeclared &&
      html`<section>
        <h2>${t('deletion.own')}</h2>
        <ol>
          <li>${t('deletion.step.1')}</li>
          <li>${t('deletion.own.2')}</li>
          <li>${t('deletion.own.3')}</li>
          <li>${t('deletion.own.4')}</li>
        </ol>
      </section>`,
    account !== undefined &&
      html`<section>
        <h2>${t('deletion.away')}</h2>
        <p>${t('deletion.away.text')}</p>
        <p><a href="${account}">${t('deletion.away.link')}</a></p>
      </section>`,
  ];
}
