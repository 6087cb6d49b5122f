// The brands whose pages this provider shows. Colours are in provider.css, by the same id.

export interface Brand {
  readonly id: 'exemple' | 'ile';
  readonly name: string;
}

const brands: readonly Brand[] = [
  { id: 'exemple', name: 'Exemple Télécom' },
  { id: 'ile', name: 'Île Télécom' },
];

/** The brand with this id. Throws for an unknown one: a mistake of the configuration, found at start. */
export function findBrand(id: string): Brand {
  const brand = brands.find((one) => one.id === id);
  if (brand === undefined) throw new Error(`there is no brand ${id}`);
  return brand;
}
