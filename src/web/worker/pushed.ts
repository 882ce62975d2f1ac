/** What a push carries (API.md, Web Push). */
export interface Pushed {
  readonly type: string
  readonly user: { readonly id: string; readonly handle: string; readonly name: string }
  readonly message?: { readonly id: string; readonly text: string }
  /** How many are told of by this one. */
  readonly count?: number
}

export interface Shown {
  readonly title: string
  readonly body: string
  /** Those with the same tag take each other's place. */
  readonly tag: string
  /** Where a press leads. */
  readonly path: string
}

/** Where the page has left no words yet. */
const english: Readonly<Record<string, string>> = {
  mention: '{name} mentioned you',
  reply: '{name} replied to you',
  like: '{name} liked your message',
  boost: '{name} boosted your message',
  follow: '{name} follows you',
  message: '{name} wrote',
  others: '{title}, and {count} more',
  news: 'There is something new',
}

/** A push as people see it; `words` by type, with `{name}`. One that cannot be read still says that there is something. */
export function shownAs(pushed: Pushed | undefined, words: Readonly<Record<string, string>>): Shown {
  const word = (key: string) => words[key] ?? english[key]
  const pattern = pushed?.user && word(pushed.type)
  if (!pushed || !pattern) return { title: word('news')!, body: '', tag: 'news', path: '/inbox' }
  const { type, user, message, count = 1 } = pushed
  const one = pattern.replace('{name}', () => user.name || user.handle)
  const title =
    count > 1
      ? word('others')!
          .replace('{title}', () => one)
          .replace('{count}', String(count - 1))
      : one
  return {
    title,
    body: message?.text ?? '',
    tag: `${type} ${message?.id ?? ''}`,
    path: count > 1 ? '/inbox' : pathOf(pushed),
  }
}

/** A message's page finds it by its id, whosever handle stands before it. */
function pathOf({ type, user, message }: Pushed): string {
  if (message) return `/@${user.handle}/${message.id}`
  return type === 'follow' ? `/@${user.handle}` : '/inbox'
}
