/**
 * Reads what `heddle trace export` writes with nothing of Heddle's: Chrome's JSON by a schema made from its description,
 * Perfetto's packets by a library for protocol buffers. Both come to the same form.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { Ajv } from "ajv";
import protobuf from "protobufjs";
import { repositoryRoot } from "./repository.js";

/** Times are nanoseconds since the start. */
export interface ExportedTrace {
  readonly pid: number;
  readonly tracks: readonly string[];
  readonly slices: readonly ExportedSlice[];
  readonly arrows: readonly ExportedArrow[];
  readonly counts: readonly ExportedCount[];
  readonly marks: readonly ExportedMark[];
}

type Args = Readonly<Record<string, unknown>>;

export interface ExportedSlice {
  readonly track: string;
  readonly category: string;
  readonly name: string;
  readonly from: number;
  readonly to: number;
  readonly args: Args;
}

export interface ExportedArrow {
  readonly name: string;
  readonly from: readonly [track: string, time: number];
  readonly to: readonly [track: string, time: number];
}

export interface ExportedCount {
  readonly track: string;
  readonly time: number;
  readonly value: number;
}

export interface ExportedMark {
  readonly name: string;
  readonly time: number;
  readonly args: Args;
}

/** What "Trace Event Format" by Google says of the kinds of events that are used, and of the object around them. */
const number = { type: "number", minimum: 0 };
const whole = { type: "integer", minimum: 0 };
const event = (phase: string, properties: object, required: readonly string[]): object => ({
  type: "object",
  properties: { ph: { const: phase }, name: { type: "string" }, pid: whole, ts: number, ...properties },
  required: ["ph", "name", "pid", "ts", ...required],
  additionalProperties: false,
});
const args = { type: "object" };
const named = (field: object) => ({ type: "object", additionalProperties: field, minProperties: 1 });
const traceEventFormat = {
  type: "object",
  properties: {
    displayTimeUnit: { enum: ["ms", "ns"] },
    otherData: args,
    traceEvents: {
      type: "array",
      items: {
        type: "object",
        discriminator: { propertyName: "ph" },
        required: ["ph"],
        oneOf: [
          event("X", { dur: number, cat: { type: "string" }, tid: whole, args }, ["dur", "cat", "tid"]),
          event("s", { id: whole, cat: { type: "string" }, tid: whole }, ["id", "cat", "tid"]),
          event("f", { id: whole, cat: { type: "string" }, tid: whole }, ["id", "cat", "tid"]),
          event("C", { id: whole, args: named({ type: "number" }) }, ["args"]),
          event("i", { s: { enum: ["g", "p", "t"] }, cat: { type: "string" }, tid: whole, args }, ["s", "tid"]),
          event("M", { tid: whole, args: named({ type: ["string", "number"] }) }, ["args"]),
        ],
      },
    },
  },
  required: ["traceEvents"],
  additionalProperties: false,
};
const isTraceEvents = new Ajv({ discriminator: true, allowUnionTypes: true }).compile(traceEventFormat);

interface ChromeEvent {
  readonly ph: "X" | "s" | "f" | "C" | "i" | "M";
  readonly name: string;
  readonly pid: number;
  readonly ts: number;
  readonly dur: number;
  readonly cat: string;
  readonly tid: number;
  readonly id: number;
  readonly args?: Args;
}

export function readChrome(bytes: Uint8Array): ExportedTrace {
  const trace = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)) as { traceEvents: ChromeEvent[] };
  assert.ok(isTraceEvents(trace), JSON.stringify(isTraceEvents.errors?.slice(0, 3)));
  const { traceEvents: events } = trace;
  const of = (phase: ChromeEvent["ph"]): readonly ChromeEvent[] => events.filter(({ ph }) => ph === phase);
  const names = new Map<number, string>();
  for (const { name, tid, args } of of("M")) if (name === "thread_name") names.set(tid, String(args?.name));
  const nameOf = (tid: number): string => names.get(tid) ?? assert.fail(`row ${tid} has no name`);
  const ends = new Map(of("f").map((end) => [end.id, end]));
  assert.equal(ends.size, of("s").length, "Arrows have both ends.");
  return {
    pid: events[0]?.pid ?? 0,
    tracks: [...names.values()],
    slices: of("X").map(({ tid, cat, name, ts, dur, args = {} }) => ({
      ...{ track: nameOf(tid), category: cat, name, from: nanoseconds(ts), to: nanoseconds(ts + dur) },
      args: typeof args.at === "string" ? { ...args, at: args.at.replace(/:\d+$/, "") } : args,
    })),
    arrows: of("s").map(({ id, name, tid, ts }) => {
      const end = ends.get(id) ?? assert.fail(`arrow ${id} has no end`);
      return { name, from: [nameOf(tid), nanoseconds(ts)], to: [nameOf(end.tid), nanoseconds(end.ts)] };
    }),
    counts: of("C").map(({ name, ts, args }) => ({
      ...{ track: name, time: nanoseconds(ts), value: Number(Object.values(args ?? {})[0]) },
    })),
    marks: of("i").map(({ name, ts, args = {} }) => ({ name, time: nanoseconds(ts), args })),
  };
}

function nanoseconds(microseconds: number): number {
  return Math.round(microseconds * 1000);
}

interface Packet {
  readonly timestamp?: number;
  readonly trusted_packet_sequence_id?: number;
  readonly sequence_flags?: number;
  readonly clock_snapshot?: { readonly clocks: readonly { readonly clock_id: number; readonly timestamp: number }[] };
  readonly track_event?: TrackEvent;
  readonly track_descriptor?: Descriptor;
  readonly interned_data?: Readonly<Record<string, readonly InternedEntry[] | undefined>>;
}

interface TrackEvent {
  readonly category_iids?: readonly number[];
  readonly debug_annotations?: readonly (Readonly<Record<string, unknown>> & { readonly name_iid: number })[];
  readonly type: "TYPE_SLICE_BEGIN" | "TYPE_SLICE_END" | "TYPE_INSTANT" | "TYPE_COUNTER";
  readonly name_iid?: number;
  readonly track_uuid: number;
  readonly counter_value?: number;
  readonly source_location_iid?: number;
  readonly flow_ids?: readonly number[];
  readonly terminating_flow_ids?: readonly number[];
}

interface Descriptor {
  readonly uuid: number;
  readonly name?: string;
  readonly parent_uuid?: number;
  readonly process?: { readonly pid: number; readonly process_name: string };
  readonly thread?: { readonly pid: number; readonly tid: number; readonly thread_name: string };
  readonly counter?: object;
}

interface InternedEntry {
  readonly iid: number;
  readonly name?: string;
  readonly file_name?: string;
  readonly line_number?: number;
}

const { root } = protobuf.parse(readFileSync(new URL("test/trace/perfetto.proto", repositoryRoot), "utf8"), {
  keepCase: true,
});
const traceType = root.lookupType("Trace");

export function readPerfetto(bytes: Uint8Array): ExportedTrace {
  const decoded = traceType.decode(bytes);
  // Encoded again it is as long: there is no field that the format does not have.
  assert.equal(traceType.encode(decoded).finish().length, bytes.length);
  const { packet: packets = [] } = traceType.toObject(decoded, { longs: Number, enums: String }) as {
    packet?: Packet[];
  };
  const [first] = packets;
  assert.equal(first?.sequence_flags, 1, "The first packet clears what was known.");
  const reader = new PerfettoReader();
  for (const packet of packets) reader.read(packet);
  return reader.finish();
}

interface Begun {
  readonly category: string;
  readonly name: string;
  readonly from: number;
  readonly args: Args;
}

/** Plays the packets as they come; those of a track are in order. */
class PerfettoReader {
  readonly #descriptors = new Map<number, Descriptor>();
  readonly #interned = new Map<string, string>();
  readonly #open = new Map<number, Begun>();
  readonly #flows = new Map<number, readonly [name: string, track: string, time: number]>();
  readonly #slices: ExportedSlice[] = [];
  readonly #arrows: ExportedArrow[] = [];
  readonly #counts: ExportedCount[] = [];
  readonly #marks: ExportedMark[] = [];

  read(packet: Packet): void {
    assert.equal(packet.trusted_packet_sequence_id, 1);
    if (packet.track_descriptor !== undefined) this.#describe(packet.track_descriptor);
    for (const [field, entries = []] of Object.entries(packet.interned_data ?? {})) {
      for (const { iid, name, file_name, line_number } of entries) {
        assert.ok(iid > 0 && !this.#interned.has(`${field} ${iid}`), `${field} ${iid} is told twice`);
        this.#interned.set(`${field} ${iid}`, name ?? `${file_name}:${line_number}`);
      }
    }
    if (packet.track_event === undefined) return;
    assert.equal(packet.sequence_flags, 2, "It refers to what was told before.");
    assert.ok(packet.timestamp !== undefined);
    this.#event(packet.track_event, packet.timestamp);
  }

  finish(): ExportedTrace {
    assert.equal(this.#open.size, 0, "All slices end.");
    const all = [...this.#descriptors.values()];
    const { pid = 0 } = all.find(({ process }) => process !== undefined)?.process ?? {};
    return {
      pid,
      tracks: all.filter(({ process, counter }) => (process ?? counter) === undefined).map(nameOf),
      ...{ slices: this.#slices, arrows: this.#arrows, counts: this.#counts, marks: this.#marks },
    };
  }

  #describe(descriptor: Descriptor): void {
    const { uuid, parent_uuid, thread } = descriptor;
    assert.ok(uuid > 0);
    const parent = parent_uuid === undefined ? undefined : this.#descriptors.get(parent_uuid);
    assert.ok(descriptor.process !== undefined || parent !== undefined, `track ${uuid} has no parent`);
    if (thread !== undefined) assert.equal(thread.pid, parent?.process?.pid);
    this.#descriptors.set(uuid, descriptor);
  }

  #event(event: TrackEvent, time: number): void {
    const { track_uuid, type } = event;
    const descriptor = this.#descriptors.get(track_uuid) ?? assert.fail(`there is no track ${track_uuid}`);
    const track = nameOf(descriptor);
    const args = this.#args(event);
    const name = event.name_iid === undefined ? "" : this.#text("event_names", event.name_iid);
    if (type === "TYPE_COUNTER") {
      assert.ok(descriptor.counter !== undefined);
      this.#counts.push({ track, time, value: Number(event.counter_value) });
    } else if (type === "TYPE_SLICE_BEGIN") {
      assert.ok(!this.#open.has(track_uuid), `${track} has one slice at a time`);
      const category = this.#text("event_categories", event.category_iids?.[0] ?? 0);
      this.#open.set(track_uuid, { category, name, from: time, args });
    } else if (type === "TYPE_SLICE_END") {
      const begun = this.#open.get(track_uuid) ?? assert.fail(`nothing ends on ${track}`);
      this.#open.delete(track_uuid);
      this.#slices.push({ track, ...begun, to: time, args: { ...begun.args, ...args } });
    } else if (event.flow_ids === undefined) this.#marks.push({ name, time, args });
    for (const id of event.flow_ids ?? []) this.#flows.set(id, [name, track, time]);
    for (const id of event.terminating_flow_ids ?? []) {
      const [what, from, since] = this.#flows.get(id) ?? assert.fail(`arrow ${id} has no beginning`);
      this.#flows.delete(id);
      this.#arrows.push({ name: what, from: [from, since], to: [track, time] });
    }
  }

  #args({ debug_annotations = [], source_location_iid }: TrackEvent): Args {
    const args: Record<string, unknown> = {};
    if (source_location_iid !== undefined) args.at = this.#text("source_locations", source_location_iid);
    for (const { name_iid, bool_value, uint_value, string_value } of debug_annotations) {
      args[this.#text("debug_annotation_names", name_iid)] = bool_value ?? uint_value ?? string_value;
    }
    return args;
  }

  #text(field: string, iid: number): string {
    return this.#interned.get(`${field} ${iid}`) ?? assert.fail(`${field} has no ${iid}`);
  }
}

function nameOf({ name, thread, process }: Descriptor): string {
  return thread?.thread_name ?? name ?? process?.process_name ?? "";
}

/** In an order that does not depend on the format. */
export function sorted(trace: ExportedTrace): ExportedTrace {
  const byText = <Value>(values: readonly Value[]): Value[] =>
    [...values].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  const slices = trace.slices.map(({ args, ...slice }) => ({
    ...slice,
    args: Object.fromEntries(Object.entries(args).sort(([a], [b]) => (a < b ? -1 : 1))),
  }));
  return {
    pid: trace.pid,
    tracks: byText(trace.tracks),
    slices: byText(slices),
    arrows: byText(trace.arrows),
    counts: byText(trace.counts),
    marks: byText(trace.marks),
  };
}
