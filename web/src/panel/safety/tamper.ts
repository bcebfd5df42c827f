import { html, type Part } from '../../parts/html.ts';
import { instant } from '../../parts/format.ts';
import { mark } from '../../parts/marks.ts';
import { speak } from '../../parts/message.ts';
import type { Frame } from '../views.ts';

/** On every page, before a login too: somebody opened the device, and how it is brought back where it destroyed its records. */
// G045 PH-2-1: an alarm that nobody has to look for
export function tampered(view: Frame): Part {
  if (!view.tampered) return false;
  const t = speak(view.language);
  const { since, erased } = view.tampered;
  return html`<section class="notice bad" id="tamper" role="alert" aria-label="${t('tamper.title')}">
    ${mark('bad')}
    <div>
      <p><strong>${t('tamper.title')}.</strong> ${t('quarantine.since')} ${instant(view.language, since)}.</p>
      <p>${t(erased ? 'tamper.erased' : 'tamper.do')}</p>
    </div>
  </section>`;
}
