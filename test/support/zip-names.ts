/** The names of the files in a ZIP archive, from the directory at its end, in its order. Throws where there is none. */
export function namesInZip(archive: Buffer): readonly string[] {
  const end = archive.lastIndexOf("PK\u0005\u0006", undefined, "latin1");
  if (end < 0) throw new Error("This is no ZIP archive.");
  const names: string[] = [];
  let entry = archive.readUInt32LE(end + 16);
  for (let left = archive.readUInt16LE(end + 10); left > 0; left--) {
    const [name, extra, comment] = [28, 30, 32].map((place) => archive.readUInt16LE(entry + place)) as [
      number,
      number,
      number,
    ];
    names.push(archive.toString("utf8", entry + 46, entry + 46 + name));
    entry += 46 + name + extra + comment;
  }
  return names;
}
