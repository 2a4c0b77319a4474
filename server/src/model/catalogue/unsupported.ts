/** What a server does in place of a manager of Heddle, and what it cannot do. */
export interface Server {
  readonly name: "Redis" | "RabbitMQ";
  /** Why calling a member fails each time, by the class that declares it and the member. */
  readonly unsupported: ReadonlyMap<string, string>;
}

const NO_LOCKS = "RabbitMQ has no locks that end with whoever holds them";
const NO_VALUES = "RabbitMQ keeps messages until somebody takes them, and nothing to look at or change";

function members(all: Readonly<Record<string, string>>): ReadonlyMap<string, string> {
  return new Map(Object.entries(all).map(([member, why]) => [`heddle/process/${member}`, why]));
}

const redis: Server = {
  name: "Redis",
  unsupported: members({
    "Manager.array": "Redis has no arrays of numbers of one type; there are `list` and `value`",
    "Manager.create": "Redis runs no code of a program's",
    "Manager.shutdown": "the server is not this program's to end; `close` ends the connection",
    "Manager.shutdownAsync": "the server is not this program's to end; `close` ends the connection",
    "Manager.countObjects": "Redis does not count its objects by program",
  }),
};

const rabbit: Server = {
  name: "RabbitMQ",
  unsupported: members({
    "Manager.lock": NO_LOCKS,
    "Manager.rlock": NO_LOCKS,
    "Manager.semaphore": NO_LOCKS,
    "Manager.boundedSemaphore": NO_LOCKS,
    "Manager.condition": NO_LOCKS,
    "Manager.event": NO_VALUES,
    "Manager.barrier": NO_VALUES,
    "Manager.list": NO_VALUES,
    "Manager.dict": NO_VALUES,
    "Manager.namespace": NO_VALUES,
    "Manager.value": NO_VALUES,
    "Manager.array": NO_VALUES,
    "Manager.lifoQueue": "RabbitMQ hands items out in the order in which they came",
    "Manager.create": "RabbitMQ runs no code of a program's",
    "Manager.shutdown": "the server is not this program's to end; `close` ends the connection",
    "Manager.shutdownAsync": "the server is not this program's to end; `close` ends the connection",
    "Manager.countObjects": "RabbitMQ does not count its queues by program",
    "QueueProxy.join": "RabbitMQ does not tell how many items were taken and not reported",
    "QueueProxy.joinAsync": "RabbitMQ does not tell how many items were taken and not reported",
    "QueueProxy.shutdown": "a queue in RabbitMQ is not shut down for all who use it",
  }),
};

/** By the class of what is asked. */
export const engines: ReadonlyMap<string, Server> = new Map([
  ["heddle/process/RedisManager", redis],
  ["heddle/process/RabbitManager", rabbit],
  ["heddle/process/RabbitQueue", rabbit],
]);

const declared: ReadonlySet<string> = new Set(
  [...engines.values()].flatMap((server) => [...server.unsupported.keys()]),
);

/** Whether there is a server that refuses this member. */
export function isRefusedSomewhere(member: string): boolean {
  return declared.has(member);
}
