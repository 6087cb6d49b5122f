// Wires the notification centre for the APIs.
import type { AppParts } from './app.ts';
import { createNotificationCentre, type NotificationCentre } from './customer/notification-centre.ts';

/** What customers were told, in their own time zone. */
export function notificationCentreOf({ home, database, randomBytes }: AppParts): NotificationCentre {
  const { timeZone } = home.main;
  return createNotificationCentre({ database, randomBytes, timeZone });
}
