import { html, type Html, type Part } from './html.ts';

/** A table that becomes a list of cards on a narrow screen: each cell names its column in `data-label`. `caption` is for readers aloud. */
export const foldingTable = (caption: Part, heads: readonly Part[], rows: Part): Html =>
  html`<table class="fold">
    <caption class="unseen">
      ${caption}
    </caption>
    <thead>
      <tr>
        ${heads.map((head) => html`<th scope="col">${head}</th>`)}
      </tr>
    </thead>
    <tbody>
      ${rows}
    </tbody>
  </table>`;
