import { html } from './words.ts';

/** The stylesheet of every report: no script, no network, phone first, light and dark, printable. */
export const STYLE = `
:root { color-scheme: light dark; --ink: #1b1f24; --soft: #57606a; --page: #fff; --raised: #f6f8fa; --line: #d0d7de;
  --pass: #116329; --fail: #a40e26; --open: #7d4e00; --none: #57606a; --link: #0550ae; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --soft: #9aa4af; --page: #0d1117; --raised: #161b22;
  --line: #30363d; --pass: #56d364; --fail: #ff7b72; --open: #e3b341; --none: #9aa4af; --link: #79c0ff; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 68rem; padding: 1.5rem 1rem 4rem; background: var(--page); color: var(--ink);
  font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0 0 .25rem; } h2 { font-size: 1.15rem; margin: 2.5rem 0 .75rem; }
p { margin: 0 0 .75rem; max-width: 46rem; } .soft { color: var(--soft); } a { color: var(--link); }
a:focus-visible, summary:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
.counts { display: grid; grid-template-columns: repeat(auto-fit, minmax(8.5rem, 1fr)); gap: .75rem; padding: 0; margin: 1.25rem 0; list-style: none; }
.counts li { border: 1px solid var(--line); border-radius: .5rem; padding: .6rem .8rem; background: var(--raised); }
.counts b { display: block; font-size: 1.6rem; line-height: 1.2; font-variant-numeric: tabular-nums; }
.bar { display: flex; height: .75rem; border-radius: .4rem; overflow: hidden; background: var(--line); }
.bar span { border-right: 2px solid var(--page); } .bar .PASS { background: var(--pass); } .bar .FAIL { background: var(--fail); }
.bar .declared { background: repeating-linear-gradient(45deg, var(--fail) 0 3px, var(--page) 3px 6px); } .bar .open { background: var(--open); } .bar .none { background: var(--none); }
.row { border-top: 1px solid var(--line); padding: .9rem 0; } .row h3 { font-size: 1rem; margin: 0 0 .25rem; font-weight: 600; }
.row p { margin: .15rem 0; } .verdict { font-weight: 600; white-space: nowrap; }
.v-PASS { color: var(--pass); } .v-FAIL { color: var(--fail); } .v-ERROR, .v-INCONCLUSIVE { color: var(--open); } .v-NA { color: var(--none); }
table { border-collapse: collapse; width: 100%; } th, td { text-align: left; vertical-align: top; padding: .45rem .6rem .45rem 0; border-bottom: 1px solid var(--line); }
.scroll { overflow-x: auto; } code, pre { font: .85rem/1.45 ui-monospace, monospace; } pre { white-space: pre-wrap; margin: .25rem 0; padding: .5rem; background: var(--raised); border-radius: .4rem; }
details summary { cursor: pointer; min-height: 1.75rem; }
@media print { body { max-width: none; padding: 0; } .row, tr { break-inside: avoid; } a { color: inherit; text-decoration: none; } }
`;

/** `body` is HTML; `title` is text. */
export function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<title>${html(title)}</title>
<style>${STYLE}</style>
</head>
<body>
${body}
</body>
</html>
`;
}
