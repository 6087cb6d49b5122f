// Row types of migration 0006: notifications to clients and their deliveries.
import type { Generated } from 'kysely';

export interface ClientNotification {
  id: string;
  issuer: string;
  clientId: string;
  /** SHA-256 of the auth_req_id: one notification for a request. */
  requestHash: Buffer;
  correlationId: string | null;
  uri: string;
  /** `tokens`, or the OAuth error word. */
  outcome: string;
  /** Body and bearer token; null once it is not to be sent any more. */
  bodySealed: string | null;
  createdAt: Generated<Date>;
  deliveries: Generated<number>;
  redeliveries: Generated<number>;
  lastAt: Date | null;
  lastStatus: number | null;
  lastFault: string | null;
  deliveredAt: Date | null;
}

export interface ClientNotificationDelivery {
  notificationId: string;
  number: number;
  at: Generated<Date>;
  status: number | null;
  fault: string | null;
}

export interface NotificationTables {
  clientNotifications: ClientNotification;
  clientNotificationDeliveries: ClientNotificationDelivery;
}
