/** The trace panel's page. */
import { Host } from "./host.js";
import { Page } from "./page.js";

new Page(new Host()).begin();
