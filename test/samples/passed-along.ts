/** What is a thread's own can be passed from function to function, which is sure and tedious; see thread-local.ts. */
import { main, Thread, tasks } from "heddle";

class Student {
  readonly name: string;
  readonly done: string[] = [];

  constructor(name: string) {
    this.name = name;
  }
}

function doSubtask(student: Student, what: string): void {
  student.done.push(what);
}

function doTask1(student: Student): void {
  doSubtask(student, "reads");
}

function doTask2(student: Student): void {
  doSubtask(student, "writes");
}

export function processStudent(name: string): void {
  const student = new Student(name);
  doTask1(student);
  doTask2(student);
  console.log(`${student.name} ${student.done.join(" and ")}`);
}

tasks(import.meta.url, { processStudent });

main(import.meta.url, () => {
  for (const name of ["dongGe", "老王"]) {
    const thread = new Thread({ target: processStudent, args: [name] });
    thread.start();
    thread.join();
  }
});
