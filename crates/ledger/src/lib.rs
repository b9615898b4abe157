//! The ledger: what a record is, how records are committed to, and how a stranger checks both.
//!
//! In the order in which data flows: a [`Leaf`] holds [`commitment`]s to what was learned or decided and no value of it;
//! leaves are appended at the right [`Edge`] of a Merkle tree, kept as [`tile`]s and entry bundles; a [`Checkpoint`]
//! signs the root; [`proof`]s and a [`TlogProof`] tie one leaf to it; a [`TlogPolicy`] says whose signatures are enough;
//! [`verify`] answers whether any of these is good, and [`audit`] names what is wrong in a stored tree.
//!
//! [`webhook`] signs and checks what is sent to other systems: it stands here so that strangers check both with one tool.
//!
//! Pure: no I/O, no clock, no randomness of its own; whoever stores the tree asks which tiles an operation needs
//! ([`tree::tiles_for_inclusion`] and its neighbours), loads them, and hands them in.
//!
//! Formats are published ones, so that no part of a check needs this code: RFC 8785 (leaf), RFC 6962/9162 (hashing and
//! proofs), and the C2SP documents tlog-tiles, signed-note, tlog-checkpoint, tlog-cosignature, tlog-proof, tlog-policy
//! and tlog-witness.

pub mod audit;
mod bundle;
mod checkpoint;
pub mod commitment;
mod edge;
mod hash;
pub mod jwt;
mod key;
mod kind;
mod leaf;
mod note;
pub mod proof;
mod reopening;
mod text;
pub mod tile;
mod tlog_policy;
mod tlog_proof;
pub mod tree;
pub mod verify;
pub mod webhook;
pub mod witness;

pub use bonafide_model::json;
pub use bundle::{BundleError, MAX_ENTRY_BYTES, encode_bundle, parse_bundle, parse_entries};
pub use checkpoint::{Checkpoint, CheckpointError, Opened};
pub use commitment::{Opening, commit};
pub use edge::{Appended, Edge, EdgeError};
pub use hash::{Hash, HashError, Sha256, empty_root, leaf_hash, node_hash, sha256};
pub use key::{CosignerKey, KeyError, KeyType, LogKey, VerifierKey, check_name};
pub use kind::{Kind, KindError};
pub use leaf::{Blob, Commitment, Leaf, LeafError, MAX_LEAF_BYTES};
pub use note::{Note, NoteError, NoteSignature, Verified};
pub use proof::ProofError;
pub use reopening::{REASON_MAX_CHARS, Reopening, ReopeningError};
pub use tile::{BundleId, TILE_WIDTH, TileError, TileId, TileMap, TileReader};
pub use tlog_policy::{PolicyError, TlogPolicy};
pub use tlog_proof::{TlogProof, TlogProofError};
