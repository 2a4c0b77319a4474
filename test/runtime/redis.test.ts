/** Redis in place of a manager's server: the same objects with both drivers, and what becomes of them when something fails. */
import "./redis/tested-redis.js";
import "./redis/objects.js";
import "./redis/locks.js";
import "./redis/queues.js";
import "./redis/strangers.js";
import "./redis/connections.js";
import "./redis/pool.js";
