/** One thing that must hold inside a running VS Code. */
export interface Scenario {
  readonly name: string;
  readonly body: () => Promise<void>;
}
