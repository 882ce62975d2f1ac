/**
 * Notifications, how far readers have read them, and what is still to be looked at for them. type, kind: the places in
 * ports/notifications.ts and ports/activity.ts; users are ids.
 */
export const notificationsSchema = `
  CREATE TABLE notifications (
    reader INTEGER NOT NULL, type INTEGER NOT NULL, subject INTEGER NOT NULL,
    id INTEGER NOT NULL, user INTEGER NOT NULL, at INTEGER NOT NULL,
    PRIMARY KEY (reader, type, subject)
  ) WITHOUT ROWID;
  CREATE INDEX notifications_by_id ON notifications (reader, id);
  CREATE TABLE notifications_read (reader INTEGER PRIMARY KEY, up_to INTEGER NOT NULL);

  CREATE TABLE activity (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    kind INTEGER NOT NULL, user INTEGER NOT NULL, subject INTEGER NOT NULL, at INTEGER NOT NULL, page TEXT
  );
`
