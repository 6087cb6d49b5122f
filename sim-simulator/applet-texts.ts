// The applet's own words on the phone, in French and English. What the provider sends is shown as it came.

export interface AppletTexts {
  readonly approve: string;
  readonly enterPin: string;
  readonly wrongPin: (triesLeft: number) => string;
  readonly typeCode: string;
  readonly wrongCode: string;
  readonly enrol: string;
  readonly resetPin: string;
  readonly changePin: string;
  readonly currentPin: string;
  readonly newPin: string;
  readonly repeatPin: string;
  readonly weakPin: string;
  readonly pinsDiffer: string;
}

const FRENCH: AppletTexts = {
  approve: 'Confirmer ?',
  enterPin: 'Saisissez votre code à 4 chiffres',
  wrongPin: (triesLeft) => `Code faux, encore ${triesLeft === 1 ? '1 essai' : `${triesLeft} essais`}`,
  typeCode: 'Saisissez le code affiché sur la page',
  wrongCode: 'Ce n’est pas ce code. Saisissez celui de la page',
  enrol: 'Choisir un code secret pour cette carte SIM ?',
  resetPin: 'Choisir un nouveau code secret ?',
  changePin: 'Changer de code secret ?',
  currentPin: 'Saisissez votre code actuel',
  newPin: 'Choisissez un code à 4 chiffres',
  repeatPin: 'Saisissez-le encore une fois',
  weakPin: 'Code trop simple, choisissez-en un autre',
  pinsDiffer: 'Les deux codes diffèrent, recommencez',
};

const ENGLISH: AppletTexts = {
  approve: 'Confirm?',
  enterPin: 'Enter your 4-digit PIN',
  wrongPin: (triesLeft) => `Wrong PIN, ${triesLeft === 1 ? '1 try' : `${triesLeft} tries`} left`,
  typeCode: 'Type the code shown on the page',
  wrongCode: 'That is not the code. Type the one on the page',
  enrol: 'Choose a secret PIN for this SIM card?',
  resetPin: 'Choose a new secret PIN?',
  changePin: 'Change your PIN?',
  currentPin: 'Enter your present PIN',
  newPin: 'Choose a 4-digit PIN',
  repeatPin: 'Type it once more',
  weakPin: 'Too simple, choose another PIN',
  pinsDiffer: 'The two PINs differ, start again',
};

/** The words for the language tag of a request; French when it names none that the applet knows. */
export function appletTexts(language: string | undefined): AppletTexts {
  return language === 'en' ? ENGLISH : FRENCH;
}
