import { main, Thread, tasks } from "heddle";

function exits(): void {
  process.exit(3);
}

tasks(import.meta.url, { exits });

main(import.meta.url, () => {
  const thread = new Thread({ target: exits });
  thread.start();
  thread.join();
  console.log("joined");
});
