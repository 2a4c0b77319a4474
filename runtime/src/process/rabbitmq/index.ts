/** RabbitMQ in place of a manager's server. */
export {
  RabbitManager,
  type RabbitOptions,
  type RabbitPoolOptions,
  type RabbitPriorityQueueOptions,
  type RabbitQueueOptions,
} from "./rabbit-manager.js";
export { RabbitPool } from "./rabbit-pool.js";
export { RabbitDelivery, RabbitQueue } from "./rabbit-queue.js";
