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
    'facts.behaviour': 'Behaviour',
    'behaviour.manual': 'waits for your keys',
    'behaviour.approve': 'approves',
    'behaviour.refuse': 'refuses',
    'behaviour.fraud': 'says “It was not me”',
    'behaviour.ignore': 'never answers',
    'behaviour.wrong-pin': 'types a wrong PIN',
    'behaviour.bad-signature': 'answers with a bad signature',
    'inbox.title': 'SMS',
    'inbox.empty': 'None yet.',
    'inbox.from': 'From {from}',
    'events.title': 'What happened',
    'events.empty': 'Nothing yet.',
    'event.screen.text': 'The SIM shows a message',
    'event.screen.confirm': 'The SIM asks for a confirmation',
    'event.screen.pin': 'The SIM asks for the PIN',
    'event.screen.new-pin': 'The SIM asks for a new PIN',
    'event.screen.code': 'The SIM asks for the reference code',
    'event.phone.screen-closed': 'The screen is clear',
    'event.key.ok': 'OK pressed',
    'event.key.pin': 'PIN typed',
    'event.key.code': 'Code typed',
    'event.key.cancel': 'Cancel pressed',
    'event.key.back': 'Back pressed',
    'event.key.fraud': '“It was not me” pressed',
    'event.phone.sms': 'SMS from {from}',
    'event.power.true': 'Switched on',
    'event.power.false': 'Switched off',
    'event.coverage.true': 'Coverage is back',
    'event.coverage.false': 'Coverage is lost',
    'event.lock.true': 'Unlocked',
    'event.lock.false': 'Locked',
    'event.phone.behaviour': 'New behaviour',
    'event.phone.sim': 'Another SIM is in the phone',
    'event.phone.moved': 'The SIM is in another phone',
    'event.applet.request': 'Request for the applet',
    'event.card.refused': 'The card refused a packet: {reason}',
    'event.smsc.submitted': 'The SMSC took a message',
    'event.smsc.delivered': 'Message delivered',
    'event.smsc.expired': 'Message expired, not delivered',
    'event.smsc.answer': 'The SIM sent its answer',
    'event.smsc.answer-repeated': 'The SIM’s answer was not taken: sent again',
    'event.smsc.dropped': 'The SMSC gave a message up',
    'event.card.failed': 'The card failed: {reason}',
    'event.phone.failed': 'The phone failed: {reason}',
    'event.result.0': 'Applet: done',
    'event.result.1': 'Applet: cancelled',
    'event.result.2': 'Applet: no response',
    'event.result.3': 'Applet: “it was not me”',
    'event.result.4': 'Applet: PIN blocked',
    'event.result.5': 'Applet: not enrolled',
    'event.result.6': 'Applet: disabled',
    'event.result.7': 'Applet: busy',
    'event.result.8': 'Applet: could not be shown',
    'event.result.9': 'Applet: bad request',
    'event.result.10': 'Applet: new PINs refused',
    'event.result.11': 'Applet: no authority',
    'event.result.12': 'Applet: wrong code twice',
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
    'facts.behaviour': 'Comportement',
    'behaviour.manual': 'attend vos touches',
    'behaviour.approve': 'accepte',
    'behaviour.refuse': 'refuse',
    'behaviour.fraud': 'dit « Ce n’était pas moi »',
    'behaviour.ignore': 'ne répond jamais',
    'behaviour.wrong-pin': 'se trompe de code PIN',
    'behaviour.bad-signature': 'répond avec une signature fausse',
    'inbox.title': 'SMS',
    'inbox.empty': 'Aucun pour l’instant.',
    'inbox.from': 'De {from}',
    'events.title': 'Ce qui s’est passé',
    'events.empty': 'Rien pour l’instant.',
    'event.screen.text': 'La SIM affiche un message',
    'event.screen.confirm': 'La SIM demande une confirmation',
    'event.screen.pin': 'La SIM demande le code PIN',
    'event.screen.new-pin': 'La SIM demande un nouveau code PIN',
    'event.screen.code': 'La SIM demande le code de référence',
    'event.phone.screen-closed': 'L’écran est vide',
    'event.key.ok': 'Touche OK',
    'event.key.pin': 'Code PIN saisi',
    'event.key.code': 'Code saisi',
    'event.key.cancel': 'Touche Annuler',
    'event.key.back': 'Touche Retour',
    'event.key.fraud': '« Ce n’était pas moi »',
    'event.phone.sms': 'SMS de {from}',
    'event.power.true': 'Allumé',
    'event.power.false': 'Éteint',
    'event.coverage.true': 'Le réseau est revenu',
    'event.coverage.false': 'Le réseau est perdu',
    'event.lock.true': 'Déverrouillé',
    'event.lock.false': 'Verrouillé',
    'event.phone.behaviour': 'Nouveau comportement',
    'event.phone.sim': 'Une autre SIM est dans le téléphone',
    'event.phone.moved': 'La SIM est dans un autre téléphone',
    'event.applet.request': 'Demande pour l’applet',
    'event.card.refused': 'La carte a refusé un paquet : {reason}',
    'event.smsc.submitted': 'Le SMSC a pris un message',
    'event.smsc.delivered': 'Message remis',
    'event.smsc.expired': 'Message périmé, non remis',
    'event.smsc.answer': 'La SIM a envoyé sa réponse',
    'event.smsc.answer-repeated': 'Réponse de la SIM non prise : renvoyée',
    'event.smsc.dropped': 'Le SMSC a abandonné un message',
    'event.card.failed': 'La carte est en panne : {reason}',
    'event.phone.failed': 'Le téléphone est en panne : {reason}',
    'event.result.0': 'Applet : fait',
    'event.result.1': 'Applet : annulé',
    'event.result.2': 'Applet : pas de réponse',
    'event.result.3': 'Applet : « ce n’était pas moi »',
    'event.result.4': 'Applet : code PIN bloqué',
    'event.result.5': 'Applet : service non activé',
    'event.result.6': 'Applet : désactivée',
    'event.result.7': 'Applet : occupée',
    'event.result.8': 'Applet : affichage impossible',
    'event.result.9': 'Applet : demande incorrecte',
    'event.result.10': 'Applet : nouveaux codes PIN refusés',
    'event.result.11': 'Applet : pas d’autorité',
    'event.result.12': 'Applet : code faux deux fois',
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

/** Says whether there is such a text. */
export function hasText(key) {
  return Object.hasOwn(texts.en, key);
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
