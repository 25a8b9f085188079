import { flameStyle } from '../session/flame-svg.ts';

/** How a report looks: as light or dark as its reader likes, and on paper. Pictures have their colours from here as well. */
export const pageStyle = `
:root {
	color-scheme: light dark;
	--back: #fcfcfa; --sheet: #ffffff; --text: #1d2327; --quiet: #626d77; --line: #d9dde0; --accent: #1f5fa8;
	--ok: #3d8f60; --warn: #b9770b; --bad: #c5332f; --unknown: #9aa3ab; --band: #1f5fa833;
	--h1: #fdeecb; --h2: #fbd49a; --h3: #f7b06e; --h4: #ee8455; --h5: #d95550; --h6: #ab3157; --h7: #6b1d56;
}
@media (prefers-color-scheme: dark) {
	:root {
		--back: #14171a; --sheet: #1b1f23; --text: #dde3e8; --quiet: #98a3ad; --line: #333b42; --accent: #84b8f2;
		--ok: #58b380; --warn: #e3ab3f; --bad: #f07470; --unknown: #7a858f; --band: #84b8f233;
		--h1: #33244d; --h2: #55296a; --h3: #872f76; --h4: #bb3c6c; --h5: #e06152; --h6: #f3964a; --h7: #fbd667;
	}
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--back); color: var(--text); font: 15px/1.5 system-ui, "DejaVu Sans", sans-serif; }
main { max-width: 1180px; margin: 0 auto; padding: 24px 20px 60px; }
h1 { font-size: 26px; line-height: 1.25; margin: 0 0 4px; }
h2 { font-size: 20px; margin: 44px 0 10px; padding-bottom: 4px; border-bottom: 1px solid var(--line); }
h3 { font-size: 16px; margin: 28px 0 2px; }
h4 { font-size: 14px; margin: 18px 0 4px; }
p { margin: 6px 0; max-width: 80ch; overflow-wrap: anywhere; }
a { color: var(--accent); }
.summary { font-size: 17px; margin: 12px 0 14px; }
.quiet, small { color: var(--quiet); }
nav { display: flex; flex-wrap: wrap; gap: 4px 16px; margin: 14px 0 0; font-size: 14px; }
dl.facts { display: flex; flex-wrap: wrap; gap: 2px 28px; margin: 8px 0; font-size: 14px; }
dl.facts div { display: flex; gap: 8px; }
dl.facts dt { color: var(--quiet); }
dl.facts dd { margin: 0; overflow-wrap: anywhere; }
.scroll { overflow-x: auto; margin: 8px 0; }
.high { max-height: 380px; overflow-y: auto; width: fit-content; max-width: 100%; border-bottom: 1px solid var(--line); }
table { border-collapse: collapse; font-size: 13px; background: var(--sheet); }
th, td { padding: 3px 10px; border: 1px solid var(--line); text-align: left; vertical-align: top; }
thead th { position: sticky; top: 0; background: var(--sheet); white-space: nowrap; }
table.rows td { font-family: ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; font-size: 12px; overflow-wrap: break-word; max-width: 60ch; }
td.n, th.n { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
th button { all: unset; cursor: pointer; font-weight: 600; }
th button:hover { color: var(--accent); }
th button:focus-visible, svg:focus-visible, summary:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
th[aria-sort="ascending"] button::after { content: " \\2191"; }
th[aria-sort="descending"] button::after { content: " \\2193"; }
table.verdicts { width: 100%; min-width: 640px; table-layout: fixed; }
table.verdicts th[scope="row"] { width: 120px; }
table.verdicts td { overflow-wrap: anywhere; }
table.verdicts thead th:first-child { width: 120px; }
.badge { display: inline-block; min-width: 4.2em; padding: 0 7px; border-radius: 3px; color: #fff; font-size: 12px; font-weight: 600; text-align: center; white-space: nowrap; print-color-adjust: exact; }
@media (prefers-color-scheme: dark) { .badge { color: #101214; } }
.b-ok { background: var(--ok); } .b-warn, .b-look { background: var(--warn); } .b-bad { background: var(--bad); } .b-unknown { background: var(--unknown); }
table.story td:first-child { white-space: nowrap; font-variant-numeric: tabular-nums; }
table.story td { overflow-wrap: anywhere; }
details { margin: 8px 0; }
summary { cursor: pointer; }
pre { margin: 6px 0; padding: 8px 12px; background: var(--sheet); border: 1px solid var(--line); border-radius: 3px; overflow-x: auto; font: 12px/1.45 ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; }
pre.text { max-height: 420px; overflow: auto; }
pre.command { white-space: pre-wrap; overflow-wrap: anywhere; }
.charts { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(300px, 100%), 1fr)); gap: 14px 20px; }
figure { margin: 0; break-inside: avoid; }
figcaption { font-size: 13px; overflow-wrap: anywhere; }
svg { display: block; width: 100%; height: auto; font: 11px ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; }
svg text { fill: var(--text); }
svg .quiet { fill: var(--quiet); }
svg.chart, svg.histogram, svg.heat { max-width: 640px; }
svg.chart text { fill: var(--quiet); }
svg.timeline, .flames svg { min-width: 760px; }
.flames { overflow-x: auto; }
.axis { stroke: var(--line); fill: none; stroke-width: 1; }
.band { fill: var(--band); }
.line { fill: none; stroke: var(--accent); stroke-width: 1.4; stroke-linejoin: round; stroke-linecap: round; }
.bar { fill: var(--accent); }
.run { fill: var(--band); stroke: var(--accent); }
.timeline a:hover .run, .timeline a:focus .run { fill: var(--accent); fill-opacity: .5; }
.mark { fill: var(--accent); }
.v-ok { fill: var(--ok); fill-opacity: .45; } .v-warn { fill: var(--warn); } .v-bad { fill: var(--bad); } .v-unknown { fill: var(--unknown); fill-opacity: .35; }
.h1 { fill: var(--h1); } .h2 { fill: var(--h2); } .h3 { fill: var(--h3); } .h4 { fill: var(--h4); } .h5 { fill: var(--h5); } .h6 { fill: var(--h6); } .h7 { fill: var(--h7); }
.two { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(420px, 100%), 1fr)); gap: 20px; align-items: start; }
${flameStyle}
.flames svg .frame text { fill: #20201e; }
.flamebar { display: flex; gap: 10px; align-items: center; margin: 6px 0; font-size: 13px; }
.flamebar button, .flamebar input { font: inherit; color: inherit; background: var(--sheet); border: 1px solid var(--line); border-radius: 3px; padding: 2px 8px; }
@media print {
	main { max-width: none; padding: 0; }
	nav, .flamebar { display: none; }
	.scroll { overflow: visible; max-height: none; }
	pre, pre.text { white-space: pre-wrap; overflow-wrap: anywhere; max-height: none; }
	thead th { position: static; }
}
`;
