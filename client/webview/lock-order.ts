/** The page of the graph of all locks of the workspace. */
import { Host } from "./host.js";
import { LockOrderPage } from "./lock-order-page.js";

new LockOrderPage(new Host()).begin();
