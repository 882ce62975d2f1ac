interface TrustedTypes {
  createPolicy(name: string, rules: { createScriptURL(url: string): string }): { createScriptURL(url: string): unknown }
}

const own = new Set(['/sw.js'])
const policy = (globalThis as { trustedTypes?: TrustedTypes }).trustedTypes?.createPolicy('rookery', {
  createScriptURL(url) {
    if (!own.has(url)) throw new TypeError(`${url} is no script of ours`)
    return url
  },
})

/** A script's address in the form that the page's policy asks for (`require-trusted-types-for`); only ours are let through. */
export const allowScriptUrls = (url: string): unknown => policy?.createScriptURL(url) ?? url
