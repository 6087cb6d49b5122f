// The colours of a brand's pages, made from the three that it gives. What is written in the brand's colour stands on
// each of these grounds, so the check of the configuration looks at them too.
import type { BrandColours } from './brands.ts';
import { mix } from './contrast.ts';

const white = '#ffffff';
const black = '#000000';
const night = '#0d151b';

/** Custom properties of light pages, and of dark ones. */
export function paletteOf({ light, dark, accent }: BrandColours): { light: Palette; dark: Palette } {
  return {
    light: {
      brand: light,
      'brand-strong': mix(light, black, 0.76),
      'on-brand': white,
      accent,
      ground: mix(light, white, 0.05),
      'ground-far': mix(light, white, 0.13),
      'card-edge': mix(light, white, 0.18),
      tint: mix(light, white, 0.09),
    },
    dark: {
      brand: dark,
      'brand-strong': mix(dark, white, 0.7),
      'on-brand': mix(dark, black, 0.16),
      accent,
      ground: mix(dark, night, 0.04),
      'ground-far': mix(dark, night, 0.12),
      card: mix(dark, night, 0.07),
      'card-edge': mix(dark, night, 0.22),
      tint: mix(dark, night, 0.13),
    },
  };
}

/** By the name of the custom property, without its dashes. */
export type Palette = Readonly<Record<string, string>>;
