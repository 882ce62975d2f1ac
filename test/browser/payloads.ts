/**
 * What people send who want their script to run in the pages of others. Each would set `ran` on the window, open a dialog, or put
 * an element with the attribute `xss` into the document.
 */
const run = 'window.ran=1;alert(1)'

export const payloads: readonly string[] = [
  `<script xss>${run}</script>`,
  `<ScRiPt xss>${run}</sCrIpT >`,
  `</textarea><script xss>${run}</script>`,
  `</title></style></script><script xss>${run}</script>`,
  `<script xss src="data:text/javascript,${run}"></script>`,
  `<script xss type="module">${run}</script>`,
  `<<script xss>${run};//<</script>`,
  `<img xss src=x onerror="${run}">`,
  `<img xss src=x onerror=${run}//`,
  `"><img xss src=x onerror=${run}>`,
  `'><img xss src=x onerror=${run}>`,
  `\`><img xss src=x onerror=${run}>`,
  `<img/xss/src="x"/onerror="${run}"/>`,
  `<svg xss onload="${run}">`,
  `<svg xss><script>${run}</script></svg>`,
  `<svg xss><animate onbegin="${run}" attributeName=x dur=1s></svg>`,
  `<svg xss><a href="javascript:${run}"><text y=20>x</text></a></svg>`,
  `<math xss><mtext><table><mglyph><style><img src=x onerror="${run}">`,
  `<body xss onload="${run}">`,
  `<iframe xss src="javascript:${run}"></iframe>`,
  `<iframe xss srcdoc="<script>parent.${run}</script>"></iframe>`,
  `<object xss data="javascript:${run}"></object>`,
  `<embed xss src="javascript:${run}">`,
  `<a xss href="javascript:${run}">press</a>`,
  `<a xss href="jav&#x09;ascript:${run}">press</a>`,
  `<form xss><button formaction="javascript:${run}">press</button></form>`,
  `<input xss autofocus onfocus="${run}">`,
  `<details xss open ontoggle="${run}">`,
  `<video xss><source onerror="${run}"></video>`,
  `<marquee xss onstart="${run}">`,
  `<meta xss http-equiv="refresh" content="0;url=javascript:${run}">`,
  `<base xss href="http://elsewhere.example/">`,
  `<link xss rel="stylesheet" href="http://elsewhere.example/x.css">`,
  `<style xss>*{background:url(http://elsewhere.example/x)}</style>`,
  `<div xss style="position:fixed;inset:0;background:red">over everything</div>`,
  `<template xss><script>${run}</script></template>`,
  `<noscript><p title="</noscript><img xss src=x onerror=${run}>">`,
  `javascript:${run}`,
  `https://elsewhere.example/"onmouseover="${run}`,
  `https://elsewhere.example/<img xss src=x onerror=${run}>`,
  `javascript://elsewhere.example/%0a${run}`,
  `data:text/html,<script>${run}</script>`,
  `@nobody"onclick="${run} #tag"onclick="${run}`,
  `{{constructor.constructor('${run}')()}}`,
  `\${${run}}`,
  `&lt;script xss&gt;${run}&lt;/script&gt;`,
  `&#60;img xss src=x onerror=${run}&#62;`,
  `\\u003cscript xss\\u003e${run}\\u003c/script\\u003e`,
  `"};${run};//`,
  `__proto__[xss]=<img xss src=x onerror=${run}>`,
]

/** What a page must have none of, each found one a word; empty where all is well. */
export const traces = `(() => {
  const found = []
  if (globalThis.ran !== undefined) found.push('a script ran')
  if (({}).xss !== undefined) found.push('the prototype was changed')
  for (const one of document.querySelectorAll('[xss], iframe, object, embed, base, marquee, math')) found.push(one.outerHTML)
  for (const one of document.querySelectorAll('script:not([src]), style')) found.push(one.outerHTML)
  for (const one of document.querySelectorAll('*')) {
    for (const { name } of one.attributes) if (name.startsWith('on')) found.push(one.outerHTML)
  }
  for (const { href } of document.querySelectorAll('a[href]')) if (!/^(https?|mailto):/.test(href)) found.push(href)
  return found
})()`

/** Signs that turn the direction of what follows them: a name with one must not turn what stands beside it. */
export const overrides = ['\u202eevil', '\u2067evil', 'user\u202e\u2066', '\u202e\u2067\u202e\u200f']
