/** The look of the page. Served as a file of its own, as its policy forbids anything inline. */
export const style = `
:root {
  --ground: #f6f7f9; --card: #fff; --text: #1b2230; --faint: #5b6577; --line: #dde2ea; --accent: #b4231f; --code: #eef1f5;
  color-scheme: light dark;
}
@media (prefers-color-scheme: dark) {
  :root { --ground: #12151b; --card: #1a1f28; --text: #e6e9ef; --faint: #9aa5b8; --line: #2c3441; --accent: #ff8a80; --code: #232a35; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--text); font: 15px/1.5 system-ui, "DejaVu Sans", sans-serif; }
header { display: flex; flex-wrap: wrap; align-items: center; gap: 8px 20px; padding: 10px 24px; background: var(--card); border-bottom: 1px solid var(--line); }
.brand { display: flex; align-items: center; gap: 8px; font-weight: 650; color: inherit; text-decoration: none; }
nav { display: flex; gap: 4px; }
nav a { padding: 4px 10px; border-radius: 6px; color: var(--faint); text-decoration: none; }
nav a[aria-current], nav a:hover { background: var(--code); color: var(--text); }
.search { flex: 1 1 220px; }
.search input { width: 100%; max-width: 420px; }
.user { display: flex; align-items: center; gap: 10px; color: var(--faint); margin: 0; }
main { max-width: 1080px; margin: 0 auto; padding: 24px; }
h1 { font-size: 22px; margin: 0 0 4px; overflow-wrap: anywhere; }
h2 { font-size: 16px; margin: 28px 0 8px; }
.card > h2:first-child { margin-top: 0; }
a { color: var(--accent); }
p { margin: 6px 0; }
.faint { color: var(--faint); }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 20px; margin-bottom: 20px; }
.narrow { max-width: 560px; margin: 8vh auto; }
.scroll { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; }
th { text-align: left; font-weight: 550; color: var(--faint); font-size: 13px; }
th, td { padding: 8px 12px 8px 0; border-bottom: 1px solid var(--line); vertical-align: top; }
tr:last-child td { border-bottom: 0; }
td.number, th.number { text-align: right; white-space: nowrap; }
td.name { overflow-wrap: anywhere; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 6px 20px; margin: 0; }
dt { color: var(--faint); }
dd { margin: 0; overflow-wrap: anywhere; }
code, pre { font: 13px/1.5 ui-monospace, "DejaVu Sans Mono", monospace; background: var(--code); border-radius: 6px; }
code { padding: 1px 5px; overflow-wrap: anywhere; }
pre { padding: 12px; margin: 0; overflow: auto; max-height: 420px; white-space: pre-wrap; overflow-wrap: anywhere; }
.label { display: inline-block; background: var(--code); border-radius: 20px; padding: 0 9px; margin: 0 4px 4px 0; font-size: 13px; color: inherit; text-decoration: none; }
.pages { display: flex; gap: 16px; justify-content: center; padding: 12px; }
form.stack { display: grid; gap: 12px; margin-top: 16px; }
form.stack label { display: grid; gap: 4px; }
.row { display: flex; gap: 10px; flex-wrap: wrap; }
input, select, button { font: inherit; color: inherit; padding: 6px 10px; border: 1px solid var(--line); border-radius: 7px; background: var(--card); }
input:focus-visible, button:focus-visible, a:focus-visible, select:focus-visible { outline: 2px solid var(--accent); outline-offset: 1px; }
button { cursor: pointer; }
button.main { background: var(--accent); border-color: var(--accent); color: var(--card); font-weight: 600; }
.warning { border-left: 4px solid var(--accent); padding: 6px 12px; background: var(--code); border-radius: 6px; }
`;

/** Four dishes in a box. */
export const icon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><rect width="24" height="24" rx="5" fill="#b4231f"/><rect x="4" y="4" width="9" height="7" rx="1.5" fill="#fff"/><rect x="15" y="4" width="5" height="7" rx="1.5" fill="#ffd0c9"/><rect x="4" y="13" width="5" height="7" rx="1.5" fill="#ffd0c9"/><rect x="11" y="13" width="9" height="7" rx="1.5" fill="#fff"/></svg>`;
