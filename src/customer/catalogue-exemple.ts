// The catalogue of the brand `exemple`: offers, options, handsets, shops. Fictional; data only.
import type { Amount } from '../storage/order-tables.ts';
import type { Catalogue, Handset, Offer, Option, Shop } from './catalogue.ts';

const euros = (minor: number): Amount => ({ unit: 'EUR', minor });

const mobileOptions = ['opt-extra-20', 'opt-europe', 'opt-world', 'opt-music', 'opt-second-sim'];
const homeOptions = ['opt-tv-cinema', 'opt-tv-sport', 'opt-music', 'opt-wifi-repeater'];

const offers: readonly Offer[] = [
  {
    ...{ id: 'mobile-5', kind: 'MOBILE', segment: 'consumer', price: euros(799), commitmentMonths: 0 },
    name: { fr: 'Mobile 5 Go', en: 'Mobile 5 GB' },
    description: {
      fr: 'Deux heures d’appels et l’essentiel d’Internet.',
      en: 'Two hours of calls and a little Internet.',
    },
    allowances: { voiceMinutes: 120, sms: null, mms: 50, dataGigabytes: 5 },
    options: ['opt-extra-20', 'opt-europe', 'opt-second-sim'],
  },
  {
    ...{ id: 'mobile-40', kind: 'MOBILE', segment: 'consumer', price: euros(1499), commitmentMonths: 12 },
    name: { fr: 'Mobile 40 Go', en: 'Mobile 40 GB' },
    description: { fr: 'Appels, SMS et MMS illimités en France.', en: 'Calls, SMS and MMS without limit in France.' },
    allowances: { voiceMinutes: null, sms: null, mms: null, dataGigabytes: 40 },
    options: mobileOptions,
  },
  {
    ...{ id: 'mobile-150', kind: 'MOBILE', segment: 'consumer', price: euros(2499), commitmentMonths: 24 },
    name: { fr: 'Mobile 150 Go', en: 'Mobile 150 GB' },
    description: { fr: 'Tout illimité, et l’Europe comprise.', en: 'Everything without limit, Europe included.' },
    allowances: { voiceMinutes: null, sms: null, mms: null, dataGigabytes: 150 },
    options: ['opt-world', 'opt-music', 'opt-second-sim'],
  },
  {
    ...{ id: 'pro-mobile-80', kind: 'MOBILE', segment: 'professional', price: euros(2990), commitmentMonths: 24 },
    name: { fr: 'Pro 80 Go', en: 'Pro 80 GB' },
    description: {
      fr: 'Pour les professionnels, assistance le jour même.',
      en: 'For professionals, help on the same day.',
    },
    allowances: { voiceMinutes: null, sms: null, mms: null, dataGigabytes: 80 },
    options: ['opt-europe', 'opt-world', 'opt-second-sim'],
  },
  {
    ...{ id: 'pro-mobile-200', kind: 'MOBILE', segment: 'professional', price: euros(3990), commitmentMonths: 24 },
    name: { fr: 'Pro 200 Go', en: 'Pro 200 GB' },
    description: { fr: 'Le partage de connexion sans compter.', en: 'Tethering without counting.' },
    allowances: { voiceMinutes: null, sms: null, mms: null, dataGigabytes: 200 },
    options: ['opt-world', 'opt-second-sim'],
  },
  {
    ...{ id: 'home-fibre', kind: 'INTERNET', segment: 'consumer', price: euros(2999), commitmentMonths: 12 },
    name: { fr: 'Fibre Maison', en: 'Home Fibre' },
    description: { fr: 'Internet très haut débit, téléphone et TV.', en: 'Fast Internet, telephone and TV.' },
    allowances: { voiceMinutes: null, dataGigabytes: null },
    options: homeOptions,
  },
  {
    ...{ id: 'home-fibre-max', kind: 'INTERNET', segment: 'consumer', price: euros(3999), commitmentMonths: 12 },
    name: { fr: 'Fibre Maison Max', en: 'Home Fibre Max' },
    description: { fr: 'Débit doublé, répéteur Wi-Fi compris.', en: 'Twice the speed, a Wi-Fi repeater included.' },
    allowances: { voiceMinutes: null, dataGigabytes: null },
    options: ['opt-tv-cinema', 'opt-tv-sport', 'opt-music'],
  },
  {
    ...{ id: 'fixed-calls', kind: 'FIXE', segment: 'consumer', price: euros(1799), commitmentMonths: 0 },
    name: { fr: 'Ligne fixe', en: 'Fixed line' },
    description: {
      fr: 'Appels illimités vers les fixes en France.',
      en: 'Calls to fixed lines in France without limit.',
    },
    allowances: { voiceMinutes: null },
    options: [],
  },
  {
    ...{ id: 'open-60', kind: 'OPEN', segment: 'consumer', price: euros(4499), commitmentMonths: 12 },
    name: { fr: 'Open 60 Go', en: 'Open 60 GB' },
    description: { fr: 'La fibre et un mobile ensemble.', en: 'Fibre and a mobile line together.' },
    allowances: { voiceMinutes: null, sms: null, mms: null, dataGigabytes: 60 },
    options: [...homeOptions, 'opt-europe', 'opt-world'],
  },
  {
    ...{ id: 'open-200', kind: 'OPEN', segment: 'consumer', price: euros(5499), commitmentMonths: 12 },
    name: { fr: 'Open 200 Go', en: 'Open 200 GB' },
    description: {
      fr: 'La fibre, un gros forfait mobile, l’Europe comprise.',
      en: 'Fibre and a large mobile plan, Europe included.',
    },
    allowances: { voiceMinutes: null, sms: null, mms: null, dataGigabytes: 200 },
    options: [...homeOptions, 'opt-world'],
  },
];

const options: readonly Option[] = [
  {
    ...{ id: 'opt-extra-20', price: euros(500), recurring: true, incompatibleWith: [] },
    name: { fr: '20 Go de plus', en: '20 GB more' },
    description: { fr: 'Chaque mois, en plus du forfait.', en: 'Each month, on top of the plan.' },
  },
  {
    ...{ id: 'opt-europe', price: euros(300), recurring: true, incompatibleWith: ['opt-world'] },
    name: { fr: 'Europe et DOM', en: 'Europe' },
    description: { fr: 'Le forfait s’utilise aussi en voyage en Europe.', en: 'The plan works in Europe, too.' },
  },
  {
    ...{ id: 'opt-world', price: euros(1200), recurring: true, incompatibleWith: ['opt-europe'] },
    name: { fr: 'Monde', en: 'World' },
    description: { fr: 'Appels et Internet dans 80 pays.', en: 'Calls and Internet in 80 countries.' },
  },
  {
    ...{ id: 'opt-music', price: euros(599), recurring: true, incompatibleWith: [] },
    name: { fr: 'Musique', en: 'Music' },
    description: { fr: 'L’écoute en ligne sans publicité.', en: 'Streaming without advertising.' },
  },
  {
    ...{ id: 'opt-second-sim', price: euros(1000), recurring: false, incompatibleWith: [] },
    name: { fr: 'Deuxième carte SIM', en: 'Second SIM' },
    description: { fr: 'Pour une tablette ; payée une fois.', en: 'For a tablet; paid once.' },
  },
  {
    ...{ id: 'opt-tv-cinema', price: euros(999), recurring: true, incompatibleWith: [] },
    name: { fr: 'Bouquet Cinéma', en: 'Cinema channels' },
    description: { fr: 'Douze chaînes de films et séries.', en: 'Twelve channels of films and series.' },
  },
  {
    ...{ id: 'opt-tv-sport', price: euros(1499), recurring: true, incompatibleWith: [] },
    name: { fr: 'Bouquet Sport', en: 'Sports channels' },
    description: { fr: 'Les compétitions en direct.', en: 'Live competitions.' },
  },
  {
    ...{ id: 'opt-wifi-repeater', price: euros(300), recurring: true, incompatibleWith: [] },
    name: { fr: 'Répéteur Wi-Fi', en: 'Wi-Fi repeater' },
    description: { fr: 'Pour les grandes maisons.', en: 'For large homes.' },
  },
];

const handsets: readonly Handset[] = [
  { id: 'handset-aster-5', name: 'Aster 5', storageGigabytes: 128, price: euros(24_900) },
  { id: 'handset-aster-5-plus', name: 'Aster 5 Plus', storageGigabytes: 256, price: euros(39_900) },
  { id: 'handset-lumen-mini', name: 'Lumen Mini', storageGigabytes: 64, price: euros(14_900) },
];

const usual = ['09:30-12:30', '14:00-18:30'] as const;
const weekdays = { mon: ['14:00-18:30'], tue: usual, wed: usual, thu: usual, fri: usual } as const;
const downtown = { ...weekdays, mon: usual, sat: ['09:30-18:30'] } as const;

const shops: readonly Shop[] = [
  {
    ...{ id: 'shop-paris-nation', name: 'Paris Nation', street: '12 cours des Érables', postCode: '75012' },
    ...{ city: 'Paris', latitude: 48.848, longitude: 2.396, hours: downtown },
  },
  {
    ...{ id: 'shop-lyon-presquile', name: 'Lyon Presqu’île', street: '3 rue des Tilleuls', postCode: '69002' },
    ...{ city: 'Lyon', latitude: 45.759, longitude: 4.833, hours: downtown },
  },
  {
    ...{ id: 'shop-bordeaux-centre', name: 'Bordeaux Centre', street: '1 rue des Tilleuls', postCode: '33000' },
    ...{ city: 'Bordeaux', latitude: 44.84, longitude: -0.577, hours: downtown },
  },
  {
    ...{ id: 'shop-nantes-graslin', name: 'Nantes Graslin', street: '8 place des Marronniers', postCode: '44000' },
    ...{ city: 'Nantes', latitude: 47.213, longitude: -1.562, hours: downtown },
  },
  {
    ...{ id: 'shop-saint-nazaire', name: 'Saint-Nazaire', street: '5 avenue des Chênes', postCode: '44600' },
    ...{ city: 'Saint-Nazaire', latitude: 47.273, longitude: -2.213, hours: weekdays },
  },
  {
    ...{ id: 'shop-toulouse-capitole', name: 'Toulouse Capitole', street: '20 rue des Ormes', postCode: '31000' },
    ...{ city: 'Toulouse', latitude: 43.604, longitude: 1.444, hours: downtown },
  },
  {
    ...{ id: 'shop-brest-siam', name: 'Brest Siam', street: '2 rue des Hêtres', postCode: '29200' },
    ...{ city: 'Brest', latitude: 48.386, longitude: -4.49, hours: weekdays },
  },
];

export const exempleCatalogue: Catalogue = {
  ...{ termsVersion: '2026-01', timeZone: 'Europe/Paris', offers, options, handsets, shops },
};
