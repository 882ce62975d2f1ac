/** What people are told of, beside their timelines. In the order in which engines number them: only ever append. */
export const notificationTypes = ['mention', 'reply', 'like', 'boost', 'follow', 'message'] as const
export type NotificationType = (typeof notificationTypes)[number]
