import { type CallOptions, Http, type HttpNeeds, newKey } from './http.ts'
import { uploadMsMax } from './limits.ts'
import { linesOf } from './lines.ts'
import type {
  Draft,
  Installation,
  Invite,
  Liked,
  LogIn,
  Me,
  Media,
  Message,
  MessageList,
  NotificationList,
  Page,
  ProfileChange,
  PushState,
  PushSubscription,
  Relation,
  Report,
  ReportDecision,
  ReportList,
  ReportState,
  ReportWish,
  SessionList,
  SignedIn,
  SignUp,
  Suspension,
  Timeline,
  TimelinePage,
  Unread,
  User,
  UserList,
} from './types.ts'

export interface UploadOptions extends CallOptions {
  /** What is to be seen or heard, for who cannot. */
  description?: string | undefined
  /** The file's name; its own where it has one. */
  name?: string | undefined
  key?: string
}

/**
 * Every call of the API as a method of its name. Each resolves to what the server answers and throws `RookeryError`.
 * Calls that the server can be given twice without harm (all but `signUp`) are tried again by themselves
 * while it cannot be reached or answers 503, for about 15 s.
 */
export class Calls {
  protected readonly http: Http

  constructor(needs: HttpNeeds, token: string | undefined) {
    this.http = new Http(needs, token)
  }

  /** The token of this client, for you to keep; undefined before a log-in, and where a cookie stands for it. */
  get token(): string | undefined {
    return this.http.token
  }

  // --- accounts ---

  /** Makes an account and logs in. */
  signUp(wish: SignUp, options?: CallOptions): Promise<SignedIn> {
    return this.http.call('POST', '/users', { body: wish, ...options })
  }

  /** Logs in. */
  logIn(wish: LogIn, options?: CallOptions): Promise<SignedIn> {
    return this.http.call('POST', '/sessions', { body: wish, repeatable: true, ...options })
  }

  /** Logs out: ends the token. */
  async logOut(options?: CallOptions): Promise<void> {
    await this.http.call('DELETE', '/sessions', { doneStatus: 401, ...options })
  }

  /** Where one is logged in, the newest first. */
  sessions(options?: CallOptions): Promise<SessionList> {
    return this.http.call('GET', '/sessions', options)
  }

  /** Logs out one of one's own sessions. */
  async endSession(id: string, options?: CallOptions): Promise<void> {
    await this.http.call('DELETE', `/sessions/${id}`, { doneStatus: 404, ...options })
  }

  /** One's own profile, with `unread` and `role`. */
  me(options?: CallOptions): Promise<Me> {
    return this.http.call('GET', '/users/me', options)
  }

  /** A user by id, or by handle with an `@` before it. */
  user(idOrHandle: string, options?: CallOptions): Promise<User> {
    return this.http.call('GET', `/users/${encodeURIComponent(idOrHandle)}`, options)
  }

  /** Changes name, bio, avatar; what is left out stays. */
  updateProfile(change: ProfileChange, options?: CallOptions): Promise<Me> {
    return this.http.call('PATCH', '/users/me', { body: change, ...options })
  }

  /** Deletes one's own account with everything in it. There is no way back. */
  async deleteAccount(options?: CallOptions): Promise<void> {
    await this.http.call('DELETE', '/users/me', { doneStatus: 401, ...options })
  }

  /** Users whose handle or name begins so. */
  searchPeople(query: string, page?: Page & CallOptions): Promise<UserList> {
    return this.#list('/users', page, { query })
  }

  /** Whom one might follow: friends of friends, most shared first. */
  suggestions(page?: Page & CallOptions): Promise<UserList> {
    return this.#list('/users/me/suggestions', page)
  }

  /** Everything of one's own as lines of JSON, as they come; the last has `kind: 'end'`, or it was cut off. */
  async *export(options?: CallOptions): AsyncGenerator<Record<string, unknown>, void, undefined> {
    const response = await this.http.response('GET', '/users/me/export', options)
    yield* linesOf(response, options?.signal)
  }

  // --- the graph ---

  /** Follows; with `notify` each message of theirs is a notification. */
  follow(id: string, { notify, ...options }: { notify?: boolean | undefined } & CallOptions = {}): Promise<Relation> {
    return this.http.call('PUT', `/users/${id}/follow`, {
      ...(notify !== undefined && { body: { notify } }),
      ...options,
    })
  }

  unfollow(id: string, options?: CallOptions): Promise<Relation> {
    return this.http.call('DELETE', `/users/${id}/follow`, options)
  }

  /** Hides their messages from one's own timeline and notifications. */
  mute(id: string, options?: CallOptions): Promise<Relation> {
    return this.http.call('PUT', `/users/${id}/mute`, options)
  }

  unmute(id: string, options?: CallOptions): Promise<Relation> {
    return this.http.call('DELETE', `/users/${id}/mute`, options)
  }

  /** Ends both follows; each is to the other as if absent. */
  block(id: string, options?: CallOptions): Promise<Relation> {
    return this.http.call('PUT', `/users/${id}/block`, options)
  }

  unblock(id: string, options?: CallOptions): Promise<Relation> {
    return this.http.call('DELETE', `/users/${id}/block`, options)
  }

  /** Whom one has muted. */
  mutes(page?: Page & CallOptions): Promise<UserList> {
    return this.#list('/users/me/mutes', page)
  }

  /** Whom one has blocked. */
  blocks(page?: Page & CallOptions): Promise<UserList> {
    return this.#list('/users/me/blocks', page)
  }

  followers(id: string, page?: Page & CallOptions): Promise<UserList> {
    return this.#list(`/users/${id}/followers`, page)
  }

  following(id: string, page?: Page & CallOptions): Promise<UserList> {
    return this.#list(`/users/${id}/following`, page)
  }

  // --- messages ---

  /** Publishes a message; resolves when it is durable. `key`: the same one again never publishes a second message. */
  send(draft: Draft | string, { key = newKey(), ...options }: { key?: string } & CallOptions = {}): Promise<Message> {
    const body = typeof draft === 'string' ? { text: draft } : draft
    return this.http.call('POST', '/send', { body, key, ...options })
  }

  /** Boosts a message; the same boost where it was boosted before. */
  boost(id: string, options?: CallOptions): Promise<Message> {
    return this.send({ boostOf: id }, options)
  }

  async unboost(id: string, options?: CallOptions): Promise<void> {
    await this.http.call('DELETE', `/messages/${id}/boost`, options)
  }

  /** A page of the home timeline, newest first; with `since` only what arrived after that cursor. */
  fetch({ signal, ...page }: TimelinePage & CallOptions = {}): Promise<Timeline> {
    return this.http.call('GET', '/fetch', { query: page, signal })
  }

  message(id: string, options?: CallOptions): Promise<Message> {
    return this.http.call('GET', `/messages/${id}`, options)
  }

  /** One author's messages, newest first. */
  userMessages(id: string, page?: Page & CallOptions): Promise<MessageList> {
    return this.#list(`/users/${id}/messages`, page)
  }

  /** Replies to a message, oldest first. */
  replies(id: string, page?: Page & CallOptions): Promise<MessageList> {
    return this.#list(`/messages/${id}/replies`, page)
  }

  /** Deletes a message of one's own; a moderator anybody's. */
  async deleteMessage(id: string, options?: CallOptions): Promise<void> {
    await this.http.call('DELETE', `/messages/${id}`, { doneStatus: 404, ...options })
  }

  like(id: string, options?: CallOptions): Promise<Liked> {
    return this.http.call('PUT', `/messages/${id}/like`, options)
  }

  unlike(id: string, options?: CallOptions): Promise<Liked> {
    return this.http.call('DELETE', `/messages/${id}/like`, options)
  }

  /** Who likes a message. */
  likers(id: string, page?: Page & CallOptions): Promise<UserList> {
    return this.#list(`/messages/${id}/likes`, page)
  }

  /** Messages that hold every word, newest first. */
  search(query: string, page?: Page & CallOptions): Promise<MessageList> {
    return this.#list('/search', page, { query })
  }

  /** Uploads a picture, a video, a sound or another file; its id goes into `send({ media: [id] })`. */
  uploadMedia(file: Blob, { description, name, key = newKey(), ...options }: UploadOptions = {}): Promise<Media> {
    const form = new FormData()
    form.append('file', file, name ?? (file as { name?: string }).name ?? 'file')
    if (description !== undefined) form.append('description', description)
    return this.http.call('POST', '/media', { form, key, msMax: uploadMsMax, ...options })
  }

  // --- notifications ---

  notifications(page?: Page & CallOptions): Promise<NotificationList> {
    return this.#list('/notifications', page)
  }

  /** Notifications up to this id count as read; answers how many are left unread. */
  markRead(upTo: string, options?: CallOptions): Promise<Unread> {
    return this.http.call('PUT', '/notifications/read', { body: { upTo }, ...options })
  }

  /** The server's key for Web Push: `applicationServerKey` of the browser's `pushManager.subscribe`. */
  async pushKey(options?: CallOptions): Promise<string> {
    return (await this.http.call<{ key: string }>('GET', '/push/key', options)).key
  }

  /** Registers a browser's push subscription for this token, in place of its former one. */
  subscribePush(subscription: PushSubscription, options?: CallOptions): Promise<PushState> {
    return this.http.call('PUT', '/push', { body: subscription, ...options })
  }

  async unsubscribePush(options?: CallOptions): Promise<void> {
    await this.http.call('DELETE', '/push', options)
  }

  // --- moderation ---

  /** Reports a user or a message to the moderators. */
  report(wish: ReportWish, { key = newKey(), ...options }: { key?: string } & CallOptions = {}): Promise<Report> {
    return this.http.call('POST', '/reports', { body: wish, key, ...options })
  }

  /** Reports, newest first; for moderators. */
  reports({ state, ...page }: { state?: ReportState | undefined } & Page & CallOptions = {}): Promise<ReportList> {
    return this.#list('/reports', page, { state })
  }

  decideReport(id: string, decision: ReportDecision, options?: CallOptions): Promise<Report> {
    return this.http.call('PUT', `/reports/${id}`, { body: decision, ...options })
  }

  /** Hides a user with all they wrote, and ends their tokens; for moderators. */
  suspend(id: string, reason: string, options?: CallOptions): Promise<Suspension> {
    return this.http.call('PUT', `/users/${id}/suspension`, { body: { reason }, ...options })
  }

  async restore(id: string, options?: CallOptions): Promise<void> {
    await this.http.call('DELETE', `/users/${id}/suspension`, options)
  }

  /** An invitation, good for one account; for moderators. */
  invite({ key = newKey(), ...options }: { key?: string } & CallOptions = {}): Promise<Invite> {
    return this.http.call('POST', '/invites', { key, ...options })
  }

  // --- operations ---

  /** What the installation is made of, for admins. */
  installation(options?: CallOptions): Promise<Installation> {
    return this.http.call('GET', '/admin/installation', options)
  }

  /** The metrics of one process in Prometheus' text format, for admins; of the one that answers where `node` is absent. */
  async metrics({ node, ...options }: { node?: number } & CallOptions = {}): Promise<string> {
    const query = node === undefined ? '' : `?node=${node}`
    return this.http.text('GET', `/admin/metrics${query}`, options)
  }

  #list<T>(path: string, { signal, ...page }: Page & CallOptions = {}, query: Record<string, string | undefined> = {}) {
    return this.http.call<T>('GET', path, { query: { ...query, ...page }, signal })
  }
}
