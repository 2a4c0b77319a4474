/** RabbitMQ in place of a manager's server: its queues and pools, and what becomes of them when something fails. */
import "./rabbit/tested-rabbit.js";
import "./rabbit/queues.js";
import "./rabbit/strangers.js";
import "./rabbit/connections.js";
import "./rabbit/pool.js";
