// Where the people of the demo live, by the number of their contract; the streets exist, the people do not.

interface DemoAddress {
  readonly street: string;
  readonly complement?: string;
  readonly postCode: string;
  readonly city: string;
  readonly country: 'FR';
}

const address = (street: string, postCode: string, city: string): DemoAddress => ({
  ...{ street, postCode, city, country: 'FR' },
});

/** David and Emma live together. */
export const demoAddresses: ReadonlyMap<number, DemoAddress> = new Map([
  [1, { ...address('12 rue des Lilas', '75012', 'Paris'), complement: 'Bâtiment B' }],
  [2, address('7 quai de Saône', '69003', 'Lyon')],
  [3, address('21 cours du Chapeau Rouge', '33000', 'Bordeaux')],
  [4, address('5 rue du Calvaire', '44000', 'Nantes')],
  [5, address('5 rue du Calvaire', '44000', 'Nantes')],
  [6, address('40 rue du Commerce', '59000', 'Lille')],
  [7, address('3 place des Bancs', '87000', 'Limoges')],
  [8, address('18 allée Jean Jaurès', '31000', 'Toulouse')],
  [9, address('9 avenue de la Plage', '64200', 'Biarritz')],
  [10, address('2 route du Phare', '29200', 'Brest')],
]);

/** Alice's bank account: an example that passes its check digits and belongs to nobody. */
export const aliceBankAccount = { iban: 'FR7630001007941234567890185', holder: 'Alice Martin' };
