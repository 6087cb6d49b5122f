// The catalogue of the brand `ile`: what its post-paid lines cost. Fictional; data only.
import type { Catalogue, Offer } from './catalogue.ts';

const rupees = (minor: number) => ({ unit: 'MUR', minor });
const mobile = { kind: 'MOBILE', commitmentMonths: 0, options: [] } as const;

const offers: readonly Offer[] = [
  {
    ...{ ...mobile, id: 'ile-postpay-5', segment: 'consumer', price: rupees(39_900) },
    name: { fr: 'Post Pay 5 Go', en: 'Post Pay 5 GB' },
    description: { fr: 'Deux heures d’appels vers toute l’île.', en: 'Two hours of calls to all of the island.' },
    allowances: { voiceMinutes: 120, sms: 200, mms: 20, dataGigabytes: 5 },
  },
  {
    ...{ ...mobile, id: 'ile-postpay-20', segment: 'consumer', price: rupees(79_900) },
    name: { fr: 'Post Pay 20 Go', en: 'Post Pay 20 GB' },
    description: { fr: 'Appels et SMS illimités sur l’île.', en: 'Calls and SMS without limit on the island.' },
    allowances: { voiceMinutes: null, sms: null, mms: 50, dataGigabytes: 20 },
  },
  {
    ...{ ...mobile, id: 'ile-business-40', segment: 'professional', price: rupees(119_900) },
    name: { fr: 'Business 40 Go', en: 'Business 40 GB' },
    description: { fr: 'Pour les lignes des entreprises.', en: 'For the lines of companies.' },
    allowances: { voiceMinutes: null, sms: null, mms: null, dataGigabytes: 40 },
  },
];

export const ileCatalogue: Catalogue = {
  ...{ termsVersion: '1', timeZone: 'Indian/Mauritius', offers, options: [], handsets: [], shops: [] },
};
