/** The page's one style: the colours are the system's own, so that dark and light come of themselves. */
export const style = `
:root { color-scheme: light dark; --bad: light-dark(#a40000, #ff8f8f); --busy: light-dark(#6a4a00, #f0c674); --line: light-dark(#c4c4c4, #5a5a5a); --shade: light-dark(#f3f3f3, #262626); }
body { font: 1rem/1.5 system-ui, sans-serif; margin: 0 auto; padding: 1rem; max-width: 100rem; background: Canvas; color: CanvasText; }
h1 { font-size: 1.5rem; margin: 0; }
h2 { font-size: 1.15rem; margin: 2rem 0 .25rem; scroll-margin-top: 1rem; }
a { color: LinkText; }
:focus-visible { outline: 3px solid Highlight; outline-offset: 2px; }
.skip { position: absolute; left: -100rem; }
.skip:focus { position: static; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .9375rem; }
caption { text-align: start; font-weight: 600; padding: .5rem 0; }
th, td { text-align: start; vertical-align: top; padding: .375rem .75rem .375rem 0; border-bottom: 1px solid var(--line); }
thead th { white-space: nowrap; }
tbody th { font-weight: 600; white-space: nowrap; }
time, .number { white-space: nowrap; font-variant-numeric: tabular-nums; }
td ul { margin: 0; padding: 0; list-style: none; }
.place, td li { overflow-wrap: anywhere; min-width: 12rem; }
.bad { color: var(--bad); font-weight: 600; }
.busy { color: var(--busy); }
code { font: .875rem ui-monospace, monospace; background: var(--shade); padding: .125rem .375rem; border-radius: .25rem; overflow-wrap: anywhere; }
dl { display: grid; grid-template-columns: minmax(0, max-content) auto; gap: .25rem .75rem; margin: .5rem 0; }
dd { margin: 0; }
summary { cursor: pointer; padding: .25rem 0; }
`;
