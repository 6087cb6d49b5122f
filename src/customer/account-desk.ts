// The use cases on a customer's own account, put together for pages and APIs.
import type { AccountDesk } from './account-types.ts';
import { type BankDeps, cancelBankChange, changeBankDetails, readBankChange, readBankDetails } from './bank-details.ts';
import { type ChangeAddressDeps, confirmAddress, draftAddress, readAddressChange } from './change-address.ts';
import { type ChangeContactDeps, startContact, verifyContact } from './change-contact.ts';
import { type EditProfileDeps, editProfile, keepPreferences, readPreferences } from './edit-profile.ts';
import { readProfile } from './profile.ts';
import { readSecurityEvents, type SecurityEventDeps } from './security-events.ts';

export interface AccountDeskDeps {
  readonly profile: EditProfileDeps;
  readonly contacts: ChangeContactDeps;
  readonly addresses: ChangeAddressDeps;
  readonly bank: BankDeps;
  readonly events: SecurityEventDeps;
}

/** Makes the desk over its dependencies. */
export function createAccountDesk({ profile, contacts, addresses, bank, events }: AccountDeskDeps): AccountDesk {
  return {
    profile: (accountId) => readProfile(profile, accountId),
    editProfile: (caller, changes) => editProfile(profile, caller, changes),
    preferences: (accountId) => readPreferences(profile, accountId),
    keepPreferences: (caller, wanted) => keepPreferences(profile, caller, wanted),
    startContact: (caller, contact) => startContact(contacts, caller, contact),
    verifyContact: (caller, claim) => verifyContact(contacts, caller, claim),
    draftAddress: (caller, draft) => draftAddress(addresses, caller, draft),
    findAddressChange: (accountId, id) => readAddressChange(addresses, accountId, id),
    confirmAddress: (caller, id) => confirmAddress(addresses, caller, id),
    bankDetails: (accountId) => readBankDetails(bank, accountId),
    changeBankDetails: (caller, wanted) => changeBankDetails(bank, caller, wanted),
    findBankChange: (accountId, id) => readBankChange(bank, accountId, id),
    cancelBankChange: (accountId, id) => cancelBankChange(bank, accountId, id),
    securityEvents: (accountId, page) => readSecurityEvents(events, { accountId, ...page }),
  };
}
