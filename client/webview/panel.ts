/** The trace panel's page: what the host says comes in here, and what people do goes out. */
import { Host } from "./host.js";

const host = new Host();
const heading = document.createElement("h1");
document.body.append(heading);
host.listen((message) => {
  if (message.type === "source") heading.textContent = message.title;
});
host.send({ type: "ready" });
