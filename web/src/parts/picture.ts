import { html, type Html } from './html.ts';

/** A QR code. */
// dark on light in either theme, since cameras expect it so
export const picture = ({ side, path }: { readonly side: number; readonly path: string }, title: string): Html =>
  html`<svg class="picture" viewBox="0 0 ${side} ${side}" role="img" aria-label="${title}" shape-rendering="crispEdges">
    <path d="M0 0h${side}v${side}h-${side}z" fill="#fff" />
    <path d="${path}" fill="#000" />
  </svg>`;
