// The texts of the web phone in French and English, and the switch between them.
// What a SIM shows is not translated here: it comes from the sender.

/** One object per language, with the same keys. */
export const texts = {
  en: {
    banner: 'No real network, no real card.',
    'fleet.title': 'Test phones',
    'fleet.lead': 'Choose a phone to see its screen and to press its keys.',
    'fleet.search': 'Search by name or number',
    'fleet.people': 'Phones that wait for you',
    'fleet.automatic': 'Phones that answer by themselves',
    'fleet.count': '{count} phones',
    'fleet.none': 'No phone matches this search.',
    'fleet.unnamed': 'Phone',
    'mail.title': 'E-mails received',
    'mail.empty': 'None yet.',
    'mail.to': 'To {to}',
    'state.screen': 'waiting for an answer',
    'state.off': 'switched off',
    'state.noCoverage': 'no coverage',
    'state.locked': 'locked',
    'state.blocked': 'PIN blocked',
    'state.enrolled': 'active',
    'state.notEnrolled': 'not active',
    'phone.title': 'Phone of {owner}',
    'phone.all': 'All phones',
    'phone.origin': 'Message from the SIM',
    'phone.reference': 'Reference code',
    'phone.ok': 'OK',
    'phone.back': 'Back',
    'phone.cancel': 'Cancel',
    'phone.fraud': 'It was not me',
    'phone.erase': 'Erase the last digit',
    'phone.takeOver': 'Answer by hand',
    'phone.idle': 'Nothing to answer now.',
    'phone.off': 'The phone is switched off.',
    'phone.noCoverage': 'No coverage: messages arrive when it is back.',
    'phone.locked': 'The phone is locked: what the SIM shows waits until you unlock it.',
    'phone.automatic': 'This phone answers by itself.',
    'phone.typed': '{count} of 4 digits typed',
    'phone.needDigits': 'Type 4 digits first.',
    'phone.unknown': 'No SIM of this simulator has the number {number}.',
    'phone.gone': 'The message has gone from the screen.',
    'phone.wrongKey': 'This message does not take that key.',
    'phone.failed': 'That did not work. Please try again.',
    'connection.lost': 'The simulator does not answer. Trying again…',
    'switches.title': 'The phone',
    'switches.power': 'Power',
    'switches.coverage': 'Coverage',
    'switches.unlocked': 'Unlocked',
    'facts.iccid': 'Card (ICCID)',
    'facts.service': 'Mobile Connect',
    'facts.tries': 'PIN tries left',
    'facts.behaviour': 'Answers',
    'behaviour.manual': 'by hand',
    'behaviour.approve': 'approves',
    'behaviour.refuse': 'refuses',
    'behaviour.fraud': 'reports fraud',
    'behaviour.ignore': 'never answers',
    'behaviour.wrong-pin': 'types a wrong PIN',
    'inbox.title': 'SMS',
    'inbox.empty': 'None yet.',
    'inbox.from': 'From {from}',
    'events.title': 'What happened',
    'events.empty': 'Nothing since this page was opened.',
    'token.label': 'Token of this simulator',
    'token.use': 'Use',
  },
  fr: {
    banner: 'Ni vrai réseau, ni vraie carte.',
    'fleet.title': 'Téléphones de test',
    'fleet.lead': 'Choisissez un téléphone pour voir son écran et appuyer sur ses touches.',
    'fleet.search': 'Chercher un nom ou un numéro',
    'fleet.people': 'Téléphones qui vous attendent',
    'fleet.automatic': 'Téléphones qui répondent tout seuls',
    'fleet.count': '{count} téléphones',
    'fleet.none': 'Aucun téléphone ne correspond à cette recherche.',
    'fleet.unnamed': 'Téléphone',
    'mail.title': 'E-mails reçus',
    'mail.empty': 'Aucun pour l’instant.',
    'mail.to': 'À {to}',
    'state.screen': 'attend une réponse',
    'state.off': 'éteint',
    'state.noCoverage': 'hors réseau',
    'state.locked': 'verrouillé',
    'state.blocked': 'code PIN bloqué',
    'state.enrolled': 'activé',
    'state.notEnrolled': 'non activé',
    'phone.title': 'Téléphone de {owner}',
    'phone.all': 'Tous les téléphones',
    'phone.origin': 'Message de la SIM',
    'phone.reference': 'Code de référence',
    'phone.ok': 'OK',
    'phone.back': 'Retour',
    'phone.cancel': 'Annuler',
    'phone.fraud': 'Ce n’était pas moi',
    'phone.erase': 'Effacer le dernier chiffre',
    'phone.takeOver': 'Répondre à la main',
    'phone.idle': 'Rien à répondre pour l’instant.',
    'phone.off': 'Le téléphone est éteint.',
    'phone.noCoverage': 'Hors réseau : les messages arriveront à son retour.',
    'phone.locked': 'Le téléphone est verrouillé : la SIM attend que vous le déverrouilliez.',
    'phone.automatic': 'Ce téléphone répond tout seul.',
    'phone.typed': '{count} chiffres sur 4 saisis',
    'phone.needDigits': 'Saisissez d’abord 4 chiffres.',
    'phone.unknown': 'Aucune SIM de ce simulateur n’a le numéro {number}.',
    'phone.gone': 'Le message n’est plus à l’écran.',
    'phone.wrongKey': 'Ce message n’accepte pas cette touche.',
    'phone.failed': 'Cela n’a pas marché. Réessayez.',
    'connection.lost': 'Le simulateur ne répond pas. Nouvel essai…',
    'switches.title': 'Le téléphone',
    'switches.power': 'Allumé',
    'switches.coverage': 'Réseau',
    'switches.unlocked': 'Déverrouillé',
    'facts.iccid': 'Carte (ICCID)',
    'facts.service': 'Mobile Connect',
    'facts.tries': 'Essais du code PIN restants',
    'facts.behaviour': 'Répond',
    'behaviour.manual': 'à la main',
    'behaviour.approve': 'en acceptant',
    'behaviour.refuse': 'en refusant',
    'behaviour.fraud': 'en signalant une fraude',
    'behaviour.ignore': 'jamais',
    'behaviour.wrong-pin': 'avec un code PIN faux',
    'inbox.title': 'SMS',
    'inbox.empty': 'Aucun pour l’instant.',
    'inbox.from': 'De {from}',
    'events.title': 'Ce qui s’est passé',
    'events.empty': 'Rien depuis l’ouverture de cette page.',
    'token.label': 'Jeton de ce simulateur',
    'token.use': 'Utiliser',
  },
};

const storageKey = 'sim-phone-language';

/** Gives the language in use: `fr` or `en`. */
export function currentLanguage() {
  return document.documentElement.lang === 'fr' ? 'fr' : 'en';
}

/** Gives a text in the language in use, with `{name}` replaced by the values. */
export function text(key, values = {}) {
  const found = texts[currentLanguage()][key] ?? key;
  return found.replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));
}

/** Sets the language of the page, wires the switch, and calls `onChange` after each change. */
export function startLanguage(onChange) {
  useLanguage(storedLanguage() ?? (navigator.language.toLowerCase().startsWith('fr') ? 'fr' : 'en'));
  for (const button of document.querySelectorAll('[data-language]')) {
    button.addEventListener('click', () => {
      localStorage.setItem(storageKey, button.dataset.language);
      useLanguage(button.dataset.language);
      onChange();
    });
  }
}

function storedLanguage() {
  const stored = localStorage.getItem(storageKey);
  return stored === 'fr' || stored === 'en' ? stored : undefined;
}

function useLanguage(language) {
  document.documentElement.lang = language;
  for (const element of document.querySelectorAll('[data-text]')) element.textContent = text(element.dataset.text);
  for (const element of document.querySelectorAll('[data-label]')) {
    element.setAttribute('aria-label', text(element.dataset.label));
  }
  for (const button of document.querySelectorAll('[data-language]')) {
    button.setAttribute('aria-pressed', String(button.dataset.language === language));
  }
}
