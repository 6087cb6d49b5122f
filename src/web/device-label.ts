// What a browser calls itself, made coarse: `Firefox, Windows`. For alerts to the customer, never for decisions.

// In this order: most browsers also claim to be those below them.
const browsers: readonly (readonly [RegExp, string])[] = [
  [/\bEdgA?\/|\bEdgiOS\//, 'Edge'],
  [/\bOPR\/|\bOpera\b/, 'Opera'],
  [/\bSamsungBrowser\//, 'Samsung Internet'],
  [/\bFirefox\/|\bFxiOS\//, 'Firefox'],
  [/\bChrome\/|\bCriOS\/|\bChromium\//, 'Chrome'],
  [/\bVersion\/.+\bSafari\//, 'Safari'],
];
const systems: readonly (readonly [RegExp, string])[] = [
  [/\biPad\b/, 'iPad'],
  [/\biPhone\b/, 'iPhone'],
  [/\bAndroid\b/, 'Android'],
  [/\bWindows\b/, 'Windows'],
  [/\bMac OS X\b|\bMacintosh\b/, 'macOS'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\bLinux\b/, 'Linux'],
];

/** Browser and system of a User-Agent header; `unknown` is said if neither is known. */
export function deviceLabel(userAgent: string, unknown: string): string {
  const text = userAgent.slice(0, 512);
  const known = [browsers, systems].map((list) => list.find(([pattern]) => pattern.test(text))?.[1]);
  const named = known.filter((name) => name !== undefined);
  return named.length === 0 ? unknown : named.join(', ');
}
