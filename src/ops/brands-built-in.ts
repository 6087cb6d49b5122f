// The brands that come with the project: two French ones that share an issuer, and one of another operator. Data only.
import type { Brand } from './brands.ts';

const exemple: Brand = {
  id: 'exemple',
  name: 'Exemple Télécom',
  issuerPath: '',
  currency: 'EUR',
  country: 'FR',
  locale: 'fr-FR',
  languages: ['fr', 'en'],
  timeZone: 'Europe/Paris',
  helpline: null,
  mobileConnect: true,
  identifierKinds: ['msisdn', 'email'],
  taxRates: { standard: 2_000, reduced: 550, exempt: 0 },
  numbering: null,
  colours: { light: '#0b4f71', dark: '#7cc4e8', accent: '#ffb45c' },
};

const ile: Brand = {
  id: 'ile',
  name: 'Île Télécom',
  issuerPath: '/ile',
  currency: 'MUR',
  country: 'MU',
  locale: 'en-MU',
  languages: ['en', 'fr'],
  timeZone: 'Indian/Mauritius',
  helpline: '8900',
  mobileConnect: false,
  identifierKinds: ['account_id', 'customer_id'],
  taxRates: { standard: 1_500, reduced: 0, exempt: 0 },
  numbering: { mccMnc: '617_99', prefixes: ['+2305999'] },
  colours: { light: '#0a5f4e', dark: '#74d3b8', accent: '#ffcf5c' },
};

export const builtInBrands: readonly Brand[] = [exemple, { ...exemple, id: 'exemple-eco', name: 'Exemple Éco' }, ile];
