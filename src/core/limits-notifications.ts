/** The limits of notifications: a part of limits.ts, which shows them all. */

/** API.md: of each reader so many are kept, the newest. */
export const notificationsKeptMax = 800
/** How often what was liked, boosted and followed is looked at: what happened meanwhile to one message is one notification … */
export const activityEveryMs = 250
/** … and how much at once: some ms of work. */
export const activitiesAtOnce = 500
/** Notifications made by one call of a store. */
export const notificationsPerWriteMax = 250
/** Followers with `notify` told of a message at once; others' notifications go between. */
export const notifyPageReaders = 1_000
/** Notifications on their way to sockets in one gateway. Beyond: not told live, only listed. */
export const notificationsToldAtOnce = 1_000
/** Unread notifications of whose messages it is looked whether they are still there; a badge says no more than 99+. */
export const unreadLookedAt = 100

// --- cluster: THE LOG OF ACTIVITY ---
/** One of so many new notifications lets its reader's be counted: so many more than are kept may be stored, about. */
export const notificationsTrimmedOneIn = 32
/** Partitions of one minute's activity. Fixed. */
export const activityParts = 4
/** How old activity is when it is first looked at: by then it and what it tells of have landed, as a rule … */
export const activityLandsMs = 400
/** … and when it is once more, whatever clocks and slow writes did: twice as long as a write may take, and a second. */
export const activityAgainMs = 5_000
/** So much of the log is read at once … */
export const activityStepMs = 10_000
/** … how far behind the stored place may be while nothing happens … */
export const activitySavedEveryMs = 10_000
/** … and how far back an installation begins that has no place yet. */
export const activityFirstMs = 3600_000
