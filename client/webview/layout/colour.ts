/** A colour without transparency; each part from 0 to 255. */
export interface Colour {
  readonly red: number;
  readonly green: number;
  readonly blue: number;
}

export const black: Colour = { red: 0, green: 0, blue: 0 };
const white: Colour = { red: 255, green: 255, blue: 255 };

/** `share` of one colour on top of another. */
export function mixed(over: Colour, under: Colour, share: number): Colour {
  const part = (a: number, b: number): number => Math.round(a * share + b * (1 - share));
  return {
    red: part(over.red, under.red),
    green: part(over.green, under.green),
    blue: part(over.blue, under.blue),
  };
}

/** The contrast of two colours as WCAG defines it: from 1, none, to 21. */
export function contrast(a: Colour, b: Colour): number {
  const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return ((light ?? 0) + 0.05) / ((dark ?? 0) + 0.05);
}

function luminance({ red, green, blue }: Colour): number {
  const linear = (part: number): number => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
}

/** Black or white, whichever is read more easily on a colour. */
export function textOn(colour: Colour): Colour {
  return contrast(colour, white) >= contrast(colour, black) ? white : black;
}

export function css({ red, green, blue }: Colour): string {
  return `rgb(${red} ${green} ${blue})`;
}

/** As a word of an image: see `Paint`. */
export function word({ red, green, blue }: Colour): number {
  return ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;
}
