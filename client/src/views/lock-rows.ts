import * as vscode from "vscode";
import type { LockStep, WorkspaceLock } from "../../../server/src/protocol.js";
import { shown } from "../../shared/shown.js";
import { placeText, type Row } from "./row.js";

/** A row for each lock; below it what it guards, who takes it, and which locks are taken before and after it. */
export function lockRows(locks: readonly WorkspaceLock[]): readonly Row[] {
  return locks.map((lock) => {
    const { key, name, place, guards, before, after } = lock;
    const isOnRing = [...before, ...after].some((step) => step.isOnRing);
    const parts = [
      guards.length === 0 ? "" : vscode.l10n.t("guards {0}", guards.map(({ object }) => shown(object)).join(", ")),
      placeText(place),
    ];
    return {
      id: key,
      place,
      label: shown(name),
      description: parts.filter(Boolean).join(" · "),
      icon: isOnRing ? ringIcon : new vscode.ThemeIcon("lock"),
      ...(isOnRing ? { spoken: vscode.l10n.t("on a ring that can deadlock") } : {}),
      rows: [
        group(`${key} guards`, vscode.l10n.t("Guards"), "shield", guardRows(lock)),
        group(`${key} users`, vscode.l10n.t("Taken by"), "symbol-method", userRows(lock)),
        group(`${key} before`, vscode.l10n.t("Taken while it is held"), "arrow-right", stepRows(key, "before", before)),
        group(`${key} after`, vscode.l10n.t("Held while it is taken"), "arrow-left", stepRows(key, "after", after)),
      ].flat(),
    };
  });
}

const ringIcon = new vscode.ThemeIcon("sync", new vscode.ThemeColor("list.errorForeground"));

/** Nothing where there are no rows. */
function group(id: string, label: string, icon: string, rows: readonly Row[]): readonly Row[] {
  if (rows.length === 0) return [];
  return [{ id, label, description: String(rows.length), icon: new vscode.ThemeIcon(icon), isOpen: true, rows }];
}

function guardRows({ key, guards }: WorkspaceLock): readonly Row[] {
  return guards.map(({ object, place, places, of }, index) => {
    const isWhole = places === of;
    return {
      ...{ id: `${key} guards ${index}`, label: shown(object), place, rows: [] },
      description: `${vscode.l10n.t("held at {0} of {1} places", places, of)} · ${placeText(place)}`,
      icon: isWhole
        ? new vscode.ThemeIcon("pass")
        : new vscode.ThemeIcon("warning", new vscode.ThemeColor("list.warningForeground")),
    };
  });
}

function userRows({ key, users }: WorkspaceLock): readonly Row[] {
  return users.map(({ name, places }, index) => {
    const id = `${key} users ${index}`;
    const [first, ...more] = places;
    return {
      ...{ id, label: shown(name), place: first, icon: new vscode.ThemeIcon("symbol-method") },
      description: places.map(placeText).join(", "),
      rows:
        more.length === 0
          ? []
          : places.map((place, number) => ({
              ...{ id: `${id} ${number}`, place, icon: new vscode.ThemeIcon("lock"), description: "", rows: [] },
              label: placeText(place),
            })),
    };
  });
}

function stepRows(key: string, side: "before" | "after", steps: readonly LockStep[]): readonly Row[] {
  return steps.map(({ name, held, taken, isOnRing }, index) => {
    const id = `${key} ${side} ${index}`;
    const ring = isOnRing ? vscode.l10n.t("on a ring that can deadlock") : "";
    const icon = new vscode.ThemeIcon("lock");
    return {
      ...{ id, label: shown(name), place: side === "before" ? taken : held },
      description: [ring, `${placeText(held)} → ${placeText(taken)}`].filter(Boolean).join(" · "),
      icon: isOnRing ? ringIcon : icon,
      rows: [
        {
          ...{ id: `${id} held`, place: held, icon, rows: [] },
          label: vscode.l10n.t("The first is taken"),
          description: placeText(held),
        },
        {
          ...{ id: `${id} taken`, place: taken, icon, rows: [] },
          label: vscode.l10n.t("The second is taken"),
          description: placeText(taken),
        },
      ],
    };
  });
}
