import {
  classShape,
  effectShapes,
  modelParts,
  type Property,
  type Shape,
  toldWords,
} from "../../server/src/model/catalogue/index.js";

/** The JSON schema of files that say what a library means; `described` repeats what the shapes say. */
export function modelSchema(): object {
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "What a library means to Heddle",
    description:
      "Classes and functions that lock, wait, share memory or run code. Named in the models of heddle.config.json.",
    ...objectOf({
      $schema: { type: "string", description: "Where this schema is, for editors." },
      module: { type: "string", minLength: 1, description: modelParts.module },
      classes: {
        type: "object",
        description: modelParts.classes,
        additionalProperties: objectSchema(classShape),
      },
      members: {
        type: "object",
        description: modelParts.members,
        additionalProperties: {
          type: "object",
          required: ["effect"],
          properties: { effect: { enum: Object.keys(effectShapes) } },
          oneOf: Object.entries(effectShapes).map(([name, { says, properties }]) => ({
            description: says,
            ...objectSchema(properties, { effect: { const: name } }),
          })),
        },
      },
    }),
    required: ["module"],
  };
}

function objectSchema(shape: Readonly<Record<string, Property>>, more: Readonly<Record<string, object>> = {}): object {
  const properties = Object.entries(shape).map(([name, { shape: value, says }]) => [
    name,
    { ...valueSchema(value), description: says },
  ]);
  const required = Object.keys(shape).filter((name) => shape[name]?.isRequired);
  return {
    ...objectOf({ ...more, ...Object.fromEntries(properties) }),
    required: [...Object.keys(more), ...required],
  };
}

function objectOf(properties: Readonly<Record<string, object>>): object {
  return { type: "object", additionalProperties: false, properties };
}

const argument = { type: "integer", minimum: 0 };

function valueSchema(shape: Shape): object {
  if (typeof shape === "object") return { enum: shape };
  switch (shape) {
    case "yes":
      return { const: true };
    case "boolean":
      return { type: "boolean" };
    case "text":
      return { type: "string" };
    case "argument":
      return argument;
    case "place":
      return { type: "integer" };
    case "operand":
      return {
        anyOf: [
          { const: "this" },
          argument,
          { ...objectOf({ argument, property: { type: "string" } }), required: ["argument", "property"] },
        ],
      };
    case "hearing":
      return {
        ...objectOf({ event: argument, told: { type: "object", additionalProperties: { enum: toldWords } } }),
        required: ["event", "told"],
      };
  }
}
