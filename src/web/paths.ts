const handle = '@(?<handle>[A-Za-z0-9_]{1,30})'

/** The paths of all pages. None may be a call's of the API; src/gateway/web/pages.ts answers all of them. */
export const paths = {
  home: /^\/$/,
  logIn: /^\/login$/,
  signUp: /^\/signup$/,
  compose: /^\/compose$/,
  profile: new RegExp(`^/${handle}$`),
  followers: new RegExp(`^/${handle}/followers$`),
  following: new RegExp(`^/${handle}/following$`),
  message: new RegExp(`^/${handle}/(?<id>[0-9]{1,16})$`),
  inbox: /^\/inbox$/,
  explore: /^\/explore$/,
  settings: /^\/settings$/,
  moderation: /^\/moderation$/,
  admin: /^\/admin$/,
}
