/** How the page at `/docs` looks, by light and by dark. */
export const pageStyle = `:root {
  color-scheme: light dark;
  --ground: light-dark(#fdfcfa, #17191c);
  --raised: light-dark(#fff, #1f2226);
  --line: light-dark(#e2dfd8, #33373d);
  --ink: light-dark(#22252a, #e4e4e2);
  --quiet: light-dark(#5f6570, #9ba1aa);
  --accent: light-dark(#0b5f8a, #7cc4ea);
  --code: light-dark(#f2efe9, #292d33);
}
* { box-sizing: border-box; }
html { scroll-padding-top: 1rem; }
body { margin: 0; display: grid; grid-template-columns: 15rem minmax(0, 1fr); background: var(--ground); color: var(--ink); font: 1rem/1.55 system-ui, sans-serif; }
a { color: var(--accent); }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 3px; }
.skip { position: absolute; left: -99rem; }
.skip:focus { left: 1rem; top: 1rem; background: var(--raised); padding: .5rem 1rem; z-index: 1; }
nav { position: sticky; top: 0; height: 100vh; overflow-y: auto; padding: 1.5rem 1.25rem; border-right: 1px solid var(--line); }
nav .name { margin: 0 0 1rem; font-weight: 650; font-size: 1.15rem; }
nav ul { list-style: none; margin: 0 0 1.5rem; padding: 0; }
nav li a { display: block; padding: .2rem 0; text-decoration: none; }
nav li a:hover { text-decoration: underline; }
nav label { font-size: .85rem; color: var(--quiet); }
nav .documents { display: grid; gap: .25rem; font-size: .85rem; }
main { max-width: 56rem; padding: 2rem 2.5rem 6rem; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 1rem; }
h2 { font-size: 1.25rem; margin: 2.5rem 0 .75rem; }
h3 { font-size: .85rem; margin: 1.25rem 0 .35rem; color: var(--quiet); font-weight: 600; }
small { color: var(--quiet); }
code, pre, textarea { font-family: ui-monospace, monospace; font-size: .88em; }
code { background: var(--code); border-radius: 3px; padding: .1em .3em; overflow-wrap: anywhere; }
details.call { border: 1px solid var(--line); border-radius: 6px; background: var(--raised); margin: .4rem 0; }
details.call > div { padding: .25rem 1rem 1rem; border-top: 1px solid var(--line); }
summary { display: flex; flex-wrap: wrap; align-items: baseline; gap: .35rem .6rem; padding: .5rem .75rem; cursor: pointer; list-style: none; }
summary::-webkit-details-marker { display: none; }
summary code { background: none; padding: 0; font-weight: 600; }
.does { color: var(--quiet); }
.open { margin-left: auto; font-size: .75rem; color: var(--quiet); border: 1px solid var(--line); border-radius: 99px; padding: 0 .5rem; }
.method { min-width: 4.2rem; font: 650 .78rem ui-monospace, monospace; }
.get { color: light-dark(#0b5f8a, #7cc4ea); }
.post { color: light-dark(#2a6b2f, #8ed093); }
.put, .patch { color: light-dark(#845400, #e6b765); }
.delete { color: light-dark(#a32a2a, #f09a94); }
dl { display: grid; grid-template-columns: minmax(5rem, max-content) minmax(0, 1fr); gap: .3rem 1rem; margin: .25rem 0; }
dl dl { border-left: 2px solid var(--line); padding-left: .75rem; }
dd { margin: 0; }
dt.s2 { color: light-dark(#2a6b2f, #8ed093); }
dt.s4, dt.s5 { color: light-dark(#a32a2a, #f09a94); }
.fields { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: .4rem 1rem; align-items: baseline; }
input, textarea { width: 100%; padding: .35rem .5rem; font-size: .9rem; color: inherit; background: var(--ground); border: 1px solid var(--line); border-radius: 4px; }
button { margin-top: .6rem; padding: .4rem 1.2rem; font: inherit; color: var(--ground); background: var(--accent); border: 0; border-radius: 4px; cursor: pointer; }
pre { max-height: 28rem; overflow: auto; padding: .75rem; background: var(--code); border-radius: 4px; white-space: pre-wrap; overflow-wrap: anywhere; unicode-bidi: plaintext; }
@media (max-width: 50rem) {
  body { display: block; }
  nav { position: static; height: auto; border-right: 0; border-bottom: 1px solid var(--line); }
  main { padding: 1.25rem; }
  dl, .fields { grid-template-columns: minmax(0, 1fr); }
}
`
