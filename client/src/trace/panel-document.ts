/** What a panel's page is made of. Addresses are those the webview gives to files of the extension. */
export interface PanelResources {
  /** Where the webview may load from, as `webview.cspSource` says. */
  readonly cspSource: string;
  /** Letters and digits that nobody can guess, new for each page. */
  readonly nonce: string;
  /** For whoever reads pages by their titles. */
  readonly title: string;
  /** Address of the page's script. */
  readonly script: string;
  /** Address of `dist/panel.css`. */
  readonly style: string;
}

/**
 * Returns the HTML of a panel. The page loads one script and one style sheet and nothing else: no pictures, no
 * fonts, no connections, nothing inline. All that is seen is made by the script, so nothing of the traced program is
 * ever written as HTML.
 */
export function panelDocument({ cspSource, nonce, title, script, style }: PanelResources): string {
  const policy = ["default-src 'none'", `script-src 'nonce-${nonce}'`, `style-src ${cspSource}`].join("; ");
  return `<!DOCTYPE html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta http-equiv="Content-Security-Policy" content="${escaped(policy)}">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>${escaped(title)}</title>
    <link rel="stylesheet" href="${escaped(style)}">
    <script defer nonce="${escaped(nonce)}" src="${escaped(script)}"></script>
  </head>
  <body></body>
</html>
`;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;");
}
