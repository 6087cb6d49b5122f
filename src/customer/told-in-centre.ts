// What customers hear by SMS and e-mail about lines, SIMs and Mobile Connect stands in their notification centre, too,
// written in the same transaction.
import type { AccountId } from '../identifiers.ts';
import type { createCustomerNotices } from '../messaging/customer-notices.ts';
import type { LineEvent, LineNotices } from '../messaging/line-notices.ts';
import type { ServiceNotices } from '../messaging/service-notices.ts';
import type { Tx } from '../storage/database.ts';
import { listConcernedAccounts } from '../storage/line-changes.ts';
import type { NewNotice, Notifier } from './notification-centre.ts';

type CustomerNotices = ReturnType<typeof createCustomerNotices>;
type Told = Pick<NewNotice, 'key' | 'params' | 'link' | 'eventId'>;

/** The notices about lines; the centre says the same. */
export function tellLinesInCentre(notices: LineNotices, { notify }: Notifier): LineNotices {
  const tell = async (tx: Tx, { accounts, eventId, line }: LineEvent, { key, params }: Told): Promise<void> => {
    for (const accountId of accounts) {
      await notify(tx, { accountId, topic: 'security', key, params: { line, ...params }, eventId });
    }
  };
  const telling =
    <Event extends LineEvent & { at?: Date; until?: Date }>(key: string, of: (tx: Tx, event: Event) => Promise<void>) =>
    async (tx: Tx, event: Event): Promise<void> => {
      await of(tx, event);
      await tell(tx, event, { key, params: timesOf(event) });
    };
  return {
    lineSuspended: telling('line-suspended', notices.lineSuspended),
    lineReactivated: telling('line-reactivated', notices.lineReactivated),
    // By SMS alone: it is a warning to whoever holds the phone. The centre has the order.
    simOrdered: notices.simOrdered,
    simChanging: notices.simChanging,
    simChanged: telling('sim-change', notices.simChanged),
    simNotActivated: telling('sim-not-activated', notices.simNotActivated),
    numberChanged: telling('number-changed', notices.numberChanged),
    lineTerminated: telling('line-terminated', notices.lineTerminated),
    pukShown: telling('puk-shown', notices.pukShown),
    holdStarted: telling('hold-started', notices.holdStarted),
    holdEnded: telling('hold-ended', notices.holdEnded),
  };
}

/** Times of an event, as the words want them. */
function timesOf(event: LineEvent & { at?: Date; until?: Date }): Record<string, string> {
  const { at, until } = event;
  return {
    ...(at === undefined ? {} : { at: at.toISOString() }),
    ...(until === undefined ? {} : { until: until.toISOString() }),
  };
}

/** The notices about the service itself. */
export function tellServiceInCentre(notices: ServiceNotices, { notify }: Notifier): ServiceNotices {
  const topic = 'security';
  return {
    async activated(tx, event) {
      await notices.activated(tx, event);
      const { accountId, line, eventId, until } = event;
      const key = until === null ? 'mc-activated' : 'mc-activated-later';
      await notify(tx, { accountId, topic, key, params: { line, ...(until && { until: iso(until) }) }, eventId });
    },
    async deactivated(tx, event) {
      await notices.deactivated(tx, event);
      const { accountId, line, eventId, at } = event;
      await notify(tx, { accountId, topic, key: 'mc-deactivated', params: { line, at: iso(at) }, eventId });
    },
    async accountLinked(tx, event) {
      await notices.accountLinked(tx, event);
      const { accountId, line, eventId, account } = event;
      await notify(tx, { accountId, topic, key: 'mc-linked', params: { line, account }, eventId });
    },
  };
}

/** The notices about logins and answers of the phone. */
export function tellCustomersInCentre(notices: CustomerNotices, { notify }: Notifier): CustomerNotices {
  /** To everybody whom the line concerns. */
  const tell = async (tx: Tx, lineId: string, told: Told): Promise<void> => {
    for (const accountId of await listConcernedAccounts(tx, lineId)) {
      await notify(tx, { accountId, topic: 'security', ...told });
    }
  };
  return {
    async serviceLocked(tx, about) {
      await notices.serviceLocked(tx, about);
      const { lineId, until, eventId } = about;
      await tell(tx, lineId, { key: 'mc-locked', params: { until: iso(until) }, eventId });
    },
    async fraudReported(tx, about) {
      await notices.fraudReported(tx, about);
      const { lineId, clientName, eventId } = about;
      await tell(tx, lineId, { key: 'fraud-reported', params: { client: short(clientName) }, eventId });
    },
    async wrongPins(tx, about) {
      await notices.wrongPins(tx, about);
      const { lineId, count, clientName, eventId } = about;
      await tell(tx, lineId, { key: 'wrong-pins', params: { count, client: short(clientName) }, eventId });
    },
    async requestsMuted(tx, about) {
      await notices.requestsMuted(tx, about);
      const { lineId, clientName, until, eventId } = about;
      await tell(tx, lineId, {
        key: 'requests-muted',
        params: { client: short(clientName), until: iso(until) },
        eventId,
      });
    },
    async pinChanged(tx, about) {
      await notices.pinChanged(tx, about);
      const { at, eventId } = about;
      const accountId = about.accountId as AccountId;
      await notify(tx, { accountId, topic: 'security', key: 'pin-changed', params: { at: iso(at) }, eventId });
    },
    async passwordLogin(tx, about) {
      await notices.passwordLogin(tx, about);
      const { at, clientName, deviceLabel } = about;
      const params = { at: iso(at), client: short(clientName), device: short(deviceLabel) };
      const accountId = about.accountId as AccountId;
      // The same login is told to each line of the account; the centre has one entry for it.
      await notify(tx, {
        accountId,
        topic: 'security',
        key: 'password-login',
        params,
        eventId: about.eventId.replace(/:[^:]*$/, ''),
      });
    },
  };
}

function iso(at: Date): string {
  return at.toISOString();
}

/** Names come from elsewhere: one line, not too long. */
function short(name: string): string {
  const line = name.replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ').trim();
  return Array.from(line).slice(0, 60).join('');
}
