"""Checks of a ledger with software that is not ours.

`scales` modes use the package tlog-scales; `by-hand` uses nothing but SHA-256 from the standard library. Ends with 0 when
everything is as it should be, with 1 and a line on standard error when it is not, with 2 when it was called wrongly.
"""

import base64
import hashlib
import json
import sys
from pathlib import Path


class Refused(Exception):
    """What was checked is not good."""


def need(good, why):
    if not good:
        raise Refused(why)


# With tlog-scales.


def opened(vkey, note):
    from tlog_scales.signing import Vkey
    from tlog_scales.tlog import Checkpoint

    checkpoint = Checkpoint.from_text(note)
    checkpoint.verify(Vkey.from_string(vkey.strip()))
    return checkpoint


def scales_checkpoint(vkey, note):
    opened(vkey, text(note))


def scales_inclusion(vkey, proof, leaf):
    from tlog_scales.tiles import leaf_hash
    from tlog_scales.tlog import InclusionProof

    index, path, note = split_proof(text(proof))
    checkpoint = opened(vkey, note)
    InclusionProof(index, checkpoint.size, path).check(leaf_hash(Path(leaf).read_bytes()), checkpoint.root_hash)


def scales_consistency(vkey, old, answer):
    """`answer` is what the API said: the proof, and the checkpoint it leads to."""
    from tlog_scales.tlog import ConsistencyProof

    answer = json.loads(text(answer))
    old, new = opened(vkey, text(old)), opened(vkey, answer["checkpoint"])
    need(old.size < new.size, "the ledger did not grow")
    path = [bytes.fromhex(h) for h in answer["proof"]]
    ConsistencyProof(old.size, new.size, path).check(old.root_hash, new.root_hash)


def scales_export(vkey, old, folder):
    """Reads exported tiles: every entry, the root, and that the tree grew out of an older one."""
    from tlog_scales.backend import LocalBackend
    from tlog_scales.reader import TilesReader
    from tlog_scales.tiles import leaf_hash

    old = opened(vkey, text(old))
    reader = TilesReader(LocalBackend(Path(folder)))
    new = reader.get_checkpoint()
    opened(vkey, text(Path(folder, "checkpoint")))
    need(new.size > 256, "the tree has no full tile")
    need(reader.calculate_root_hash() == new.root_hash, "the tiles do not give the root")
    for index in range(new.size):
        leaf = leaf_hash(reader.get_entry(index))
        reader.get_inclusion_proof(index, new.size).check(leaf, new.root_hash)
    reader.get_consistency_proof(old.size, new.size).check(old.root_hash, new.root_hash)


# By hand.


def sha256(data):
    return hashlib.sha256(data).digest()


def root_of(hashes):
    """RFC 9162, 2.1.1."""
    if len(hashes) == 1:
        return hashes[0]
    split = 1 << ((len(hashes) - 1).bit_length() - 1)
    return sha256(b"\x01" + root_of(hashes[:split]) + root_of(hashes[split:]))


def by_hand_inclusion(proof, leaf):
    """RFC 9162, 2.1.3.2."""
    index, path, note = split_proof(text(proof))
    lines = note.split("\n")
    size, root = int(lines[1]), base64.b64decode(lines[2], validate=True)
    need(index < size, "the index is past the tree")
    node, last, hashed = index, size - 1, sha256(b"\x00" + Path(leaf).read_bytes())
    for other in path:
        need(last > 0, "the proof is too long")
        if node & 1 or node == last:
            hashed = sha256(b"\x01" + other + hashed)
            while node and not node & 1:
                node, last = node >> 1, last >> 1
        else:
            hashed = sha256(b"\x01" + hashed + other)
        node, last = node >> 1, last >> 1
    need(last == 0, "the proof is too short")
    need(hashed == root, "the path does not lead to the root")


def by_hand_export(folder):
    """C2SP tlog-tiles: every tile is computed again from the entries, and the root from their hashes."""
    folder = Path(folder)
    lines = text(folder / "checkpoint").split("\n")
    size, root = int(lines[1]), base64.b64decode(lines[2], validate=True)
    need(size > 256, "the tree has no full tile")
    entries = []
    for data in pieces(folder, "entries", size):
        while data:
            length = int.from_bytes(data[:2], "big")
            need(len(data) >= 2 + length, "a bundle is cut off")
            entries.append(data[2 : 2 + length])
            data = data[2 + length :]
    need(len(entries) == size, f"{len(entries)} entries and not {size}")
    leaves = level = [sha256(b"\x00" + entry) for entry in entries]
    number = 0
    while level:
        need(b"".join(pieces(folder, str(number), len(level))) == b"".join(level), f"a tile of level {number} is wrong")
        level = [root_of(level[i : i + 256]) for i in range(0, len(level) // 256 * 256, 256)]
        number += 1
    need(not (folder / "tile" / str(number)).exists(), f"there are tiles of level {number}")
    need(root_of(leaves) == root, "the entries do not lead to the root")


def pieces(folder, level, count):
    for start in range(0, count, 256):
        width, number = min(256, count - start), start // 256
        name = f"{number % 1000:03}" if width == 256 else f"{number % 1000:03}.p/{width}"
        need(number < 1000, "this script names no more than 1000 tiles")
        yield (folder / "tile" / level / name).read_bytes()


# Files.


def text(path):
    return Path(path).read_bytes().decode()


def split_proof(proof):
    """C2SP tlog-proof."""
    head, _, note = proof.partition("\n\n")
    first, index, *path = head.split("\n")
    need(first == "c2sp.org/tlog-proof@v1", "this is no proof")
    need(index.startswith("index "), "the proof has no index")
    return int(index[6:]), [base64.b64decode(h, validate=True) for h in path], note


MODES = {
    "scales-checkpoint": scales_checkpoint,
    "scales-inclusion": scales_inclusion,
    "scales-consistency": scales_consistency,
    "scales-export": scales_export,
    "by-hand-inclusion": by_hand_inclusion,
    "by-hand-export": by_hand_export,
}


def refusals():
    """How the two ways of checking say no; anything else is a fault of this script."""
    from cryptography.exceptions import InvalidSignature
    from tlog_scales.tlog import ConsistencyProofInvalid, InclusionProofInvalid

    return (Refused, InvalidSignature, ConsistencyProofInvalid, InclusionProofInvalid)


if __name__ == "__main__":
    mode, *arguments = sys.argv[1:]
    try:
        MODES[mode](*arguments)
    except refusals() as refusal:
        print(f"refused: {type(refusal).__name__}: {refusal}", file=sys.stderr)
        sys.exit(1)
    except Exception as error:
        print(f"{mode} failed: {error!r}", file=sys.stderr)
        sys.exit(2)
