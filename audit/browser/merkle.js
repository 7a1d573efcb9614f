// Merkle trees as in RFC 6962. Places are plain numbers: exact up to 2^53.
const leafHash = (content) => sha256(Uint8Array.of(0), content);
const nodeHash = (left, right) => sha256(Uint8Array.of(1), left, right);
const half = (number) => Math.floor(number / 2);

// The root that a leaf and its proof lead to (RFC 9162, 2.1.3.2); null if the proof misfits.
function rootFrom(leaf, index, size, proof) {
  if (!(index >= 0 && index < size)) return null;
  let [place, last, root] = [index, size - 1, leaf];
  for (const step of proof) {
    if (last === 0) return null;
    if (place % 2 === 1 || place === last) {
      root = nodeHash(step, root);
      while (place !== 0 && place % 2 === 0) [place, last] = [half(place), half(last)];
    } else {
      root = nodeHash(root, step);
    }
    [place, last] = [half(place), half(last)];
  }
  return last === 0 ? root : null;
}

// The right edge of a growing tree: enough to add leaves and to know the root.
class Frontier {
  constructor() {
    this.size = 0;
    this.peaks = [];
  }

  add(leaf) {
    let node = leaf;
    for (let size = this.size; size % 2 === 1; size = half(size)) node = nodeHash(this.peaks.pop(), node);
    this.peaks.push(node);
    this.size += 1;
  }

  root() {
    if (!this.peaks.length) return sha256();
    return this.peaks.reduceRight((root, peak) => (root === null ? peak : nodeHash(peak, root)), null);
  }
}
