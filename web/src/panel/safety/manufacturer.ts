import type { SafetyView } from '../views.ts';
import { html, type Html, type Part } from '../../parts/html.ts';
import { dayText, instant, span } from '../../parts/format.ts';
import { postForm } from '../../parts/form.ts';
import { mark } from '../../parts/marks.ts';
import { isMessageKey, message, speak, type MessageKey } from '../../parts/message.ts';
import { paths } from '../../parts/paths.ts';
import { may } from '../frame.ts';

type Checked = Exclude<NonNullable<SafetyView['checked']>, 'never'>;
type Finding = Extract<Checked, { kind: 'answered' }>['findings'][number];

/** What the manufacturer said when it was last asked, how long ago that is, and the button that asks again. */
// EN 303 645 5.12-3, TS 103 645 4.12-1, G044 6.12.3: the check from afar, in words, with what to do about what is amiss
export function manufacturerOf(view: SafetyView): Part {
  const { checked } = view;
  if (checked === undefined) return false;
  const t = speak(view.language);
  return html`<section class="card" id="manufacturer" aria-labelledby="manufacturer_title">
    <h2 id="manufacturer_title">${t('setupcheck.title')}</h2>
    ${checked === 'never' ? html`<p>${t('setupcheck.never')}</p>` : saidOf(view, checked)}
    <p>${t('setupcheck.what')}</p>
    ${
      may(view, paths.panel.setupCheck) &&
      postForm({
        path: (view.base ?? '') + paths.panel.setupCheck,
        csrf: view.csrf,
        submit: t('setupcheck.ask'),
        kind: 'quiet',
        body: false,
      })
    }
  </section>`;
}

function saidOf(view: SafetyView, checked: Checked): Html {
  const t = speak(view.language);
  const ago = t('setupcheck.ago', { span: span(view.language, rounded(checked.ageSeconds)) });
  const when = html`<p>${t('setupcheck.at')} ${instant(view.language, checked.at)} (${ago})</p>`;
  if (checked.kind === 'unanswered')
    return html`<p class="value">${mark('waiting')}<span>${t('setupcheck.none')}</span></p>
      <p>${t(`setupcheck.none.${checked.because}`)}</p>
      ${when}`;
  const bad = checked.findings.filter(({ good }) => !good);
  const good = checked.findings.filter((each) => each.good && each.code !== 'setting');
  const settings = checked.findings.filter(({ code }) => code === 'setting');
  const summed = settings.length > 0 && settings.every((each) => each.good) ? [{ code: 'setting', good: true }] : [];
  const verdict = checked.verdict === 'well' ? t('setupcheck.well') : t('setupcheck.attention', { count: bad.length });
  return html`<p class="value">${mark(checked.verdict === 'well' ? 'good' : 'bad')}<span>${verdict}</span></p>
    ${when}
    <ul class="ticks">
      ${[...bad, ...good, ...summed].map((each) => findingItem(view, each))}
    </ul>`;
}

function findingItem(view: SafetyView, finding: Finding): Html {
  const t = speak(view.language);
  const sign = finding.good ? 'good' : 'bad';
  const to = finding.good ? undefined : Object.hasOwn(WAYS, finding.code) ? WAYS[finding.code] : undefined;
  const way = to && html`<br /><a href="${(view.base ?? '') + to.path}">${t(to.label)}</a>`;
  return html`<li>
    ${mark(sign)}<span class="unseen">${t(`check.${sign}`)}</span><span>${wordsOf(view, finding)}${way}</span>
  </li>`;
}

/** What a newer manufacturer looks at and this version has no words for is said to be just that. */
function wordsOf(view: SafetyView, { code, good, about = '' }: Finding): string {
  const key = good ? `setupcheck.${code}.good` : `setupcheck.${code}.bad`;
  const known = isMessageKey(key) ? key : (`setupcheck.other.${good ? 'good' : 'bad'}` as const);
  return message(view.language, known, { about: aboutIn(view, code, about) });
}

const WAYS: Readonly<Record<string, { readonly path: string; readonly label: MessageKey }>> = {
  software: { path: paths.panel.updates, label: 'setupcheck.do.updates' },
  withdrawn: { path: paths.panel.updates, label: 'setupcheck.do.updates' },
  advisory: { path: paths.panel.updates, label: 'setupcheck.do.updates' },
  connection: { path: paths.panel.updates, label: 'setupcheck.do.updates' },
  other: { path: paths.panel.updates, label: 'setupcheck.do.updates' },
  certificate: { path: `${paths.panel.safety}#device_keys`, label: 'setupcheck.do.keys' },
  setting: { path: `${paths.panel.safety}#safety_check`, label: 'setupcheck.do.above' },
};

/** A day in words, the name of a setting, or what came as it came: it is bounded, and escaped like all text. */
function aboutIn({ language }: SafetyView, code: string, about: string): string {
  if (code === 'setting') {
    const key = `setupcheck.word.${about}`;
    return isMessageKey(key) ? message(language, key) : about;
  }
  return DAYS.has(code) && !Number.isNaN(Date.parse(about)) ? dayText(language, Date.parse(about)) : about;
}
const DAYS: ReadonlySet<string> = new Set(['certificate', 'support']);

/** Seconds down to a whole number of the largest unit that fits. */
const rounded = (seconds: number): number => {
  const size = [86_400, 3_600, 60].find((each) => seconds >= each) ?? 1;
  return Math.floor(seconds / size) * size;
};
