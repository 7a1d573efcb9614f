// Reading a ZIP file, or the files of a folder, without loading the whole of it.
class Unreadable extends Error {}

const TAIL = 65557;
const FULL = 0xffffffff;

async function bytesOf(blob) {
  return new DataView(await blob.arrayBuffer());
}

async function openArchive(file) {
  const tail = await bytesOf(file.slice(Math.max(0, file.size - TAIL)));
  let end = tail.byteLength - 22;
  while (end >= 0 && tail.getUint32(end, true) !== 0x06054b50) end -= 1;
  if (end < 0) throw new Unreadable("this is no ZIP file, or a part of it is missing");
  let count = tail.getUint16(end + 10, true);
  let size = tail.getUint32(end + 12, true);
  let start = tail.getUint32(end + 16, true);
  if ((count === 0xffff || start === FULL || size === FULL) && end >= 20) {
    const where = Number(tail.getBigUint64(end - 20 + 8, true));
    const large = await bytesOf(file.slice(where, where + 56));
    if (large.getUint32(0, true) !== 0x06064b50) throw new Unreadable("the ZIP file's end is broken");
    count = Number(large.getBigUint64(32, true));
    size = Number(large.getBigUint64(40, true));
    start = Number(large.getBigUint64(48, true));
  }
  const directory = await bytesOf(file.slice(start, start + size));
  const members = [];
  let at = 0;
  for (let number = 0; number < count; number += 1) {
    if (at + 46 > directory.byteLength || directory.getUint32(at, true) !== 0x02014b50) {
      throw new Unreadable("the ZIP file's list of contents is broken");
    }
    const member = readMember(directory, at);
    members.push({ name: member.name, stream: () => inflate(file, member) });
    at = member.next;
  }
  return members;
}

function readMember(view, at) {
  const lengths = [28, 30, 32].map((place) => view.getUint16(at + place, true));
  const text = new Uint8Array(view.buffer, view.byteOffset + at + 46, lengths[0]);
  const member = {
    name: new TextDecoder().decode(text),
    method: view.getUint16(at + 10, true),
    packed: view.getUint32(at + 20, true),
    offset: view.getUint32(at + 42, true),
    next: at + 46 + lengths[0] + lengths[1] + lengths[2],
  };
  const whole = view.getUint32(at + 24, true);
  let extra = at + 46 + lengths[0];
  const last = extra + lengths[1];
  while (extra + 4 <= last) {
    const [kind, length] = [view.getUint16(extra, true), view.getUint16(extra + 2, true)];
    if (kind === 1) {
      let place = extra + 4 + (whole === FULL ? 8 : 0);
      if (member.packed === FULL) {
        member.packed = Number(view.getBigUint64(place, true));
        place += 8;
      }
      if (member.offset === FULL) member.offset = Number(view.getBigUint64(place, true));
    }
    extra += 4 + length;
  }
  return member;
}

async function inflate(file, member) {
  const head = await bytesOf(file.slice(member.offset, member.offset + 30));
  if (head.byteLength < 30 || head.getUint32(0, true) !== 0x04034b50) {
    throw new Unreadable(`${member.name} is not where the ZIP file says it is`);
  }
  const start = member.offset + 30 + head.getUint16(26, true) + head.getUint16(28, true);
  const packed = file.slice(start, start + member.packed).stream();
  if (member.method === 0) return packed;
  if (member.method !== 8) throw new Unreadable(`${member.name} is packed in an unknown way`);
  return packed.pipeThrough(new DecompressionStream("deflate-raw"));
}

// The files of a folder that the archive was unpacked into.
function openFolder(files) {
  return Array.from(files, (file) => ({
    name: file.webkitRelativePath.split("/").slice(1).join("/"),
    stream: async () => file.stream(),
  })).filter((member) => member.name);
}

async function* chunksOf(member) {
  const reader = (await member.stream()).getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    yield value;
  }
}

async function textOf(member) {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let text = "";
  for await (const chunk of chunksOf(member)) text += decoder.decode(chunk, { stream: true });
  return text + decoder.decode();
}

async function* linesOf(member) {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let rest = "";
  for await (const chunk of chunksOf(member)) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop();
    yield* lines;
  }
  rest += decoder.decode();
  if (rest) yield rest;
}
