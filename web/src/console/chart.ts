import type { Language } from '@hearthward/standards';
import type { DeviceView } from './views.ts';
import { html, type Html } from '../parts/html.ts';
import { instantText, number, tickText } from '../parts/format.ts';
import { speak } from '../parts/message.ts';

/** A line chart as SVG, made here so that it needs no script; the same points stand below it as a table. */

const WIDTH = 480;
const HEIGHT = 180;
const EDGE = { left: 52, right: 12, top: 12, bottom: 26 };
/** rows of the table that stands for the chart; the newest ones */
const TABLE_ROWS = 24;

type Series = DeviceView['series'][number];

export function chart(language: Language, series: Series, index: number): Html {
  const t = speak(language);
  const unit = series.unit === undefined ? '' : ` ${series.unit}`;
  const id = `chart_${index}`;
  const heading = html`<h3 id="${id}">
    ${series.field}${series.unit !== undefined && html` <span class="unit">(${series.unit})</span>`}
  </h3>`;
  const first = series.points[0];
  const last = series.points.at(-1);
  if (!first || !last)
    return html`<figure class="chart">
      ${heading}
      <p class="empty">${t('chart.empty')}</p>
    </figure>`;
  const scale = scaleOf(series.points);
  const description = t('chart.description', {
    count: series.points.length,
    from: instantText(language, first[0]),
    to: instantText(language, last[0]),
    low: number(language, scale.seenLow) + unit,
    high: number(language, scale.seenHigh) + unit,
    last: number(language, last[1]) + unit,
  });
  const rows = series.points
    .slice(-TABLE_ROWS)
    .reverse()
    .map(
      ([at, value]) =>
        html`<tr>
          <th scope="row">${instantText(language, at)}</th>
          <td>${number(language, value)}${unit}</td>
        </tr>`,
    );
  return html`<figure class="chart" aria-labelledby="${id}">
    ${heading}
    <svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-labelledby="${id}_title ${id}_desc">
      <title id="${id}_title">${series.field}</title>
      <desc id="${id}_desc">${description}</desc>
      ${grid(language, scale)}
      <path class="line" d="${line(series.points, scale)}" />
      <circle class="last" cx="${round(scale.x(last[0]))}" cy="${round(scale.y(last[1]))}" r="3.5" />
      <text class="tick" x="${EDGE.left}" y="${HEIGHT - 8}">${tickText(language, first[0])}</text>
      <text class="tick end" x="${WIDTH - EDGE.right}" y="${HEIGHT - 8}">${tickText(language, last[0])}</text>
    </svg>
    <figcaption>${t('chart.last', { value: number(language, last[1]) + unit })}</figcaption>
    <details>
      <summary>${t('chart.table')}</summary>
      <table>
        <thead>
          <tr>
            <th scope="col">${t('chart.at')}</th>
            <th scope="col">${t('chart.value')}</th>
          </tr>
        </thead>
        <tbody>
          ${rows}
        </tbody>
      </table>
    </details>
  </figure>`;
}

interface Scale {
  readonly seenLow: number;
  readonly seenHigh: number;
  readonly ticks: readonly number[];
  readonly x: (at: number) => number;
  readonly y: (value: number) => number;
}

function scaleOf(points: Series['points']): Scale {
  const values = points.map(([, value]) => value);
  const times = points.map(([at]) => at);
  const seenLow = values.reduce((a, b) => Math.min(a, b));
  const seenHigh = values.reduce((a, b) => Math.max(a, b));
  const start = times.reduce((a, b) => Math.min(a, b));
  const end = times.reduce((a, b) => Math.max(a, b));
  const step = niceStep((seenHigh - seenLow || Math.abs(seenHigh) || 1) / 3);
  // a line that never moves lies within the chart, not on its edge
  const below = seenLow === seenHigh && seenLow !== 0 && seenLow % step === 0 ? step : 0;
  const low = Math.floor(seenLow / step) * step - below;
  const high = Math.max(Math.ceil(seenHigh / step) * step + below, low + step);
  const ticks = Array.from({ length: Math.round((high - low) / step) + 1 }, (_, i) => low + i * step);
  const inner = { width: WIDTH - EDGE.left - EDGE.right, height: HEIGHT - EDGE.top - EDGE.bottom };
  return {
    seenLow,
    seenHigh,
    ticks,
    x: (at) => EDGE.left + (end === start ? inner.width : ((at - start) / (end - start)) * inner.width),
    y: (value) => EDGE.top + inner.height - ((value - low) / (high - low)) * inner.height,
  };
}

/** 1, 2 or 5 times a power of ten, the smallest not below `atLeast`. */
function niceStep(atLeast: number): number {
  const power = 10 ** Math.floor(Math.log10(atLeast));
  return (([1, 2, 5, 10] as const).find((factor) => factor * power >= atLeast) ?? 10) * power;
}

const grid = (language: Language, scale: Scale): readonly Html[] =>
  scale.ticks.map(
    (tick) =>
      html`<path class="grid" d="M${EDGE.left} ${round(scale.y(tick))}H${WIDTH - EDGE.right}" /><text
          class="tick end"
          x="${EDGE.left - 8}"
          y="${round(scale.y(tick) + 4)}"
          >${number(language, tick)}</text
        >`,
  );

const line = (points: Series['points'], scale: Scale): string =>
  points.map(([at, value], i) => `${i === 0 ? 'M' : 'L'}${round(scale.x(at))} ${round(scale.y(value))}`).join('');

const round = (n: number): number => Math.round(n * 10) / 10;
