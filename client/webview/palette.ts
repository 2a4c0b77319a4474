import { ACTIVITY, HOLDING } from "../shared/frame.js";
import { black, type Colour, contrast, css, mixed, textOn, word } from "./layout/colour.js";
import type { Hatch, LanePaints, Paint } from "./layout/paint.js";

/** How things are drawn in the theme of the moment. Colours are as a canvas takes them. */
export interface Palette {
  readonly background: string;
  readonly foreground: string;
  readonly muted: string;
  readonly line: string;
  readonly accent: string;
  /** Behind the selected lane, and around it where a change of colour is not enough. */
  readonly selection: string;
  readonly selectionEdge: string | undefined;
  readonly contention: string;
  readonly running: string;
  readonly font: string;
  readonly paints: LanePaints;
  /** What stands on each state, and what it stands on: a hatch must not run through letters. */
  readonly activityText: readonly Letters[];
  readonly holdingText: readonly Letters[];
}

export interface Letters {
  readonly colour: string;
  readonly ground: string;
}

interface Style {
  readonly fill: Colour;
  readonly stripe: Colour;
  readonly hatch: Hatch;
  /** Drawn around it. */
  readonly edge: Colour | undefined;
}

/** Reads the theme from the variables that VS Code sets, and from the system where that forces its own colours. */
export function readPalette(): Palette {
  const theme = new Theme();
  const { background, isHighContrast } = theme;
  const colours = {
    running: theme.colour("--vscode-charts-blue", "#3794ff"),
    lock: theme.colour("--vscode-charts-red", "#f14c4c"),
    holds: theme.colour("--vscode-charts-green", "#89d185"),
    // Some themes have a yellow that is hardly seen on white, so the darker one of the two is taken there.
    others: theme.colour(isLight(background) ? "--vscode-charts-orange" : "--vscode-charts-yellow", "#d18616"),
    muted: theme.colour("--vscode-descriptionForeground", "#8c8c8c"),
  };
  const styles = isHighContrast ? outlined(colours, background) : filled(colours, background);
  const { activity, holding } = styles;
  return {
    background: css(background),
    foreground: css(theme.foreground),
    muted: css(colours.muted),
    line: css(mixed(theme.foreground, background, isHighContrast ? 0.25 : 0.12)),
    accent: css(theme.colour("--vscode-focusBorder", "#007fd4")),
    selection: css(mixed(theme.colour("--vscode-focusBorder", "#007fd4"), background, isHighContrast ? 0 : 0.14)),
    selectionEdge: isHighContrast ? css(theme.colour("--vscode-focusBorder", "#ffffff")) : undefined,
    contention: css(colours.lock),
    running: css(colours.running),
    font: theme.font,
    paints: { activity: activity.map(paintOf), holding: holding.map(paintOf) },
    activityText: activity.map((style) => lettersOn(style, theme)),
    holdingText: holding.map((style) => lettersOn(style, theme)),
  };
}

interface Colours {
  readonly running: Colour;
  readonly lock: Colour;
  readonly holds: Colour;
  readonly others: Colour;
  readonly muted: Colour;
}

interface Styles {
  readonly activity: readonly (Style | undefined)[];
  readonly holding: readonly (Style | undefined)[];
}

/** Calm where all is well, loud where threads stand in each other's way. */
function filled(colours: Colours, background: Colour): Styles {
  const { running, lock, holds, others, muted } = colours;
  const on = (colour: Colour, share: number): Colour => mixed(colour, background, share);
  // Dark enough on white for white letters, and not glaring on black.
  const loud = isLight(background) ? mixed(lock, black, 0.86) : on(lock, 0.76);
  return {
    activity: byState({
      [ACTIVITY.running]: plain(on(running, 0.62)),
      [ACTIVITY.waits]: { fill: on(muted, 0.16), stripe: on(muted, 0.3), hatch: "falling", edge: undefined },
      [ACTIVITY.paused]: { fill: on(muted, 0.55), stripe: on(muted, 0.4), hatch: "level", edge: undefined },
      [ACTIVITY.unknown]: { fill: background, stripe: on(muted, 0.6), hatch: "dotted", edge: undefined },
      [ACTIVITY.waitsForLock]: { fill: loud, stripe: mixed(loud, black, 0.68), hatch: "rising", edge: undefined },
    }),
    holding: byState({
      [HOLDING.holds]: plain(on(holds, 0.75)),
      [HOLDING.holdsWhileOthersWait]: { ...plain(on(others, 0.95)), edge: mixed(others, background, 0.5) },
    }),
  };
}

/** For high contrast: outlines in strong colours, and a hatch of its own for everything. */
function outlined(colours: Colours, background: Colour): Styles {
  const { running, lock, holds, others, muted } = colours;
  const outline = (colour: Colour, hatch: Hatch): Style => ({ fill: background, stripe: colour, hatch, edge: colour });
  const solid = (colour: Colour): Style => ({ ...outline(colour, "none"), fill: mixed(colour, background, 0.3) });
  return {
    activity: byState({
      [ACTIVITY.running]: solid(running),
      // What is no trouble is outlined as clearly, but its hatch is quieter.
      [ACTIVITY.waits]: { ...outline(muted, "falling"), stripe: mixed(muted, background, 0.45) },
      [ACTIVITY.paused]: { ...outline(muted, "level"), stripe: mixed(muted, background, 0.6) },
      [ACTIVITY.unknown]: { ...outline(muted, "dotted"), stripe: mixed(muted, background, 0.6) },
      [ACTIVITY.waitsForLock]: outline(lock, "rising"),
    }),
    holding: byState({
      [HOLDING.holds]: solid(holds),
      [HOLDING.holdsWhileOthersWait]: outline(others, "upright"),
    }),
  };
}

function plain(fill: Colour): Style {
  return { fill, stripe: fill, hatch: "none", edge: undefined };
}

function byState(styles: Readonly<Record<number, Style>>): readonly (Style | undefined)[] {
  const last = Math.max(...Object.keys(styles).map(Number));
  return Array.from({ length: last + 1 }, (_, state) => styles[state]);
}

function paintOf(style: Style | undefined): Paint {
  if (style === undefined) return { fill: 0, stripe: 0, hatch: "none", edge: 0 };
  const { fill, stripe, hatch, edge } = style;
  return { fill: word(fill), stripe: word(stripe), hatch, edge: edge === undefined ? 0 : word(edge) };
}

function lettersOn(style: Style | undefined, theme: Theme): Letters {
  const ground = style?.fill ?? theme.background;
  const isReadable = contrast(theme.foreground, ground) >= 4.5;
  return { ground: css(ground), colour: css(isReadable ? theme.foreground : textOn(ground)) };
}

function isLight(colour: Colour): boolean {
  return contrast(colour, black) > 10;
}

/** The style of the page, and a pixel to find out what its colours are, however they are written. */
class Theme {
  readonly #style = getComputedStyle(document.body);
  readonly #pixel = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true })!;
  readonly #isForced = matchMedia("(forced-colors: active)").matches;
  readonly background = this.colour("--vscode-editor-background", "Canvas");
  readonly foreground = this.colour("--vscode-foreground", "CanvasText");

  get isHighContrast(): boolean {
    return this.#isForced || /\bvscode-high-contrast/.test(document.body.className);
  }

  get font(): string {
    return this.#style.fontFamily;
  }

  /** Forced colours are few: whatever is not the background has the colour of text, and hatches tell it apart. */
  colour(variable: string, otherwise: string): Colour {
    const systems = variable === "--vscode-editor-background" ? "Canvas" : "CanvasText";
    const written = this.#style.getPropertyValue(variable).trim();
    return this.#read(this.#isForced ? systems : written === "" ? otherwise : written);
  }

  #read(colour: string): Colour {
    this.#pixel.clearRect(0, 0, 1, 1);
    this.#pixel.fillStyle = "Canvas";
    this.#pixel.fillRect(0, 0, 1, 1);
    this.#pixel.fillStyle = colour;
    this.#pixel.fillRect(0, 0, 1, 1);
    const [red = 0, green = 0, blue = 0] = this.#pixel.getImageData(0, 0, 1, 1).data;
    return { red, green, blue };
  }
}

/** Calls back whenever the colours may be others: VS Code changes the class of the body with the theme. */
export function onThemeChange(changed: () => void): void {
  const observer = new MutationObserver(changed);
  observer.observe(document.body, { attributes: true, attributeFilter: ["class", "data-vscode-theme-id"] });
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ["style"] });
  matchMedia("(forced-colors: active)").addEventListener("change", changed);
}
