//! A machine for the scripts that wallets use: public keys and their hashes, several signatures, branches, hash locks and
//! time locks (the opcodes of Miniscript). Any other opcode is refused: BIP-322 calls such a signature inconclusive.
//!
//! The rules are those of relay, as BIP-322 asks: minimal pushes and numbers, signatures in strict DER with their smaller
//! number, empty signatures where one fails, a clean stack, signatures over everything (`SIGHASH_ALL`).

use bitcoin::blockdata::script::Instruction;
use bitcoin::ecdsa;
use bitcoin::hashes::{Hash as _, hash160, ripemd160, sha256, sha256d};
use bitcoin::secp256k1::{Message, Secp256k1, VerifyOnly, XOnlyPublicKey};
use bitcoin::sighash::{Prevouts, SighashCache};
use bitcoin::taproot::{self, TapLeafHash};
use bitcoin::{EcdsaSighashType, PublicKey, Script, TapSighashType, Transaction, TxOut};

use super::bad_signature;
use crate::verdict::{Code, Reason};

/// Elements of the stack (consensus).
const STACK_MOST: usize = 1000;

/// Opcodes that do something, outside of tapscript (consensus).
const STEPS_MOST: usize = 201;

/// Steps of a tapscript: consensus has no bound but the block's; wallets stay far below this.
const TAPSCRIPT_STEPS_MOST: usize = 5000;

/// Public keys of one `OP_CHECKMULTISIG` (consensus).
const KEYS_MOST: i64 = 20;

/// A sequence that takes time locks out of force.
const SEQUENCE_FINAL: u32 = 0xffff_ffff;

/// The bit of a sequence that says that it is no time lock.
const SEQUENCE_DISABLED: i64 = 1 << 31;

/// The bits of a sequence that are compared: whether it counts time, and how much.
const SEQUENCE_MASK: i64 = 0x0040_ffff;

/// The bit of a sequence that says that it counts time.
const SEQUENCE_TIME: i64 = 1 << 22;

/// Lock times below are heights of blocks, others instants.
const LOCK_TIME_THRESHOLD: i64 = 500_000_000;

/// Under which rules a script runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rules {
    /// Before segregated witness.
    Legacy,
    /// Version 0 of segregated witness (BIP-143).
    Segwit,
    /// A leaf of a taproot (BIP-342).
    Tapscript {
        /// Its hash.
        leaf: TapLeafHash,
    },
}

/// Runs one script.
pub(super) struct Machine<'a> {
    transaction: &'a Transaction,
    index: usize,
    coins: &'a [TxOut],
    script: &'a Script,
    rules: Rules,
    secp: Secp256k1<VerifyOnly>,
    stack: Vec<Vec<u8>>,
    alt: Vec<Vec<u8>>,
    branches: Vec<bool>,
    steps: usize,
}

type Done = Result<(), Reason>;

fn is_true(element: &[u8]) -> bool {
    match element.split_last() {
        None => false,
        Some((last, rest)) => *last & 0x7f != 0 || rest.iter().any(|byte| *byte != 0),
    }
}

/// The number that an element is, as short as it can be written, of at most `most` octets.
fn number(element: &[u8], most: usize) -> Result<i64, Reason> {
    let Some((last, rest)) = element.split_last() else {
        return Ok(0);
    };
    let padded = last & 0x7f == 0 && rest.last().is_none_or(|byte| byte & 0x80 == 0);
    if element.len() > most || padded {
        return Err(bad_signature());
    }
    let size = rest
        .iter()
        .rev()
        .fold(i64::from(last & 0x7f), |n, byte| n << 8 | i64::from(*byte));
    Ok(if last & 0x80 == 0 { size } else { -size })
}

fn element(number: i64) -> Vec<u8> {
    let mut out = Vec::new();
    let mut left = number.unsigned_abs();
    while left > 0 {
        out.push(u8::try_from(left & 0xff).unwrap_or(0));
        left >>= 8;
    }
    let sign = if number < 0 { 0x80 } else { 0 };
    match out.last_mut() {
        Some(last) if *last & 0x80 == 0 => *last |= sign,
        Some(_) => out.push(sign),
        None => {}
    }
    out
}

impl<'a> Machine<'a> {
    pub(super) fn new(
        transaction: &'a Transaction,
        index: usize,
        coins: &'a [TxOut],
        script: &'a Script,
        rules: Rules,
    ) -> Self {
        Self {
            transaction,
            index,
            coins,
            script,
            rules,
            secp: Secp256k1::verification_only(),
            stack: Vec::new(),
            alt: Vec::new(),
            branches: Vec::new(),
            steps: 0,
        }
    }

    /// Refuses a stack on which the script does not end with one element that is true.
    pub(super) fn run(mut self, stack: Vec<Vec<u8>>) -> Done {
        self.stack = stack;
        for instruction in self.script.instructions_minimal() {
            let live = self.branches.iter().all(|branch| *branch);
            match instruction.map_err(|_| bad_signature())? {
                Instruction::PushBytes(bytes) if live => self.stack.push(bytes.as_bytes().to_vec()),
                Instruction::PushBytes(_) => {}
                Instruction::Op(opcode) => self.step(opcode.to_u8(), live)?,
            }
            if self.stack.len() + self.alt.len() > STACK_MOST {
                return Err(bad_signature());
            }
        }
        match self.stack.as_slice() {
            [only] if is_true(only) && self.branches.is_empty() => Ok(()),
            _ => Err(bad_signature()),
        }
    }

    fn pop(&mut self) -> Result<Vec<u8>, Reason> {
        self.stack.pop().ok_or_else(bad_signature)
    }

    fn top(&self) -> Result<Vec<u8>, Reason> {
        self.stack.last().cloned().ok_or_else(bad_signature)
    }

    fn pop_number(&mut self) -> Result<i64, Reason> {
        number(&self.pop()?, 4)
    }

    fn push_bool(&mut self, value: bool) {
        self.stack.push(if value { vec![1] } else { Vec::new() });
    }

    fn verify(&mut self) -> Done {
        if is_true(&self.pop()?) {
            Ok(())
        } else {
            Err(bad_signature())
        }
    }

    fn step(&mut self, opcode: u8, live: bool) -> Done {
        self.steps += 1;
        let most = if matches!(self.rules, Rules::Tapscript { .. }) {
            TAPSCRIPT_STEPS_MOST
        } else {
            STEPS_MOST
        };
        if self.steps > most && opcode > 0x60 {
            return Err(bad_signature());
        }
        if (0x63..=0x68).contains(&opcode) {
            return self.branch(opcode, live);
        }
        if !live {
            return Ok(());
        }
        match opcode {
            0x4f => self.stack.push(vec![0x81]),
            0x51..=0x60 => self.stack.push(vec![opcode - 0x50]),
            0x61 => {}
            0x69 => self.verify()?,
            0xac..=0xaf | 0xba => self.signatures(opcode)?,
            0xb1 => self.lock_time()?,
            0xb2 => self.sequence()?,
            0x6b..=0x88 => self.shuffle(opcode)?,
            0x8b..=0xa5 => self.count(opcode)?,
            0xa6..=0xaa => {
                let element = self.pop()?;
                self.stack.push(match opcode {
                    0xa6 => ripemd160::Hash::hash(&element).to_byte_array().to_vec(),
                    0xa8 => sha256::Hash::hash(&element).to_byte_array().to_vec(),
                    0xa9 => hash160::Hash::hash(&element).to_byte_array().to_vec(),
                    0xaa => sha256d::Hash::hash(&element).to_byte_array().to_vec(),
                    _ => return Err(inconclusive()),
                });
            }
            _ => return Err(inconclusive()),
        }
        Ok(())
    }

    fn branch(&mut self, opcode: u8, live: bool) -> Done {
        match opcode {
            0x63 | 0x64 => {
                let taken = if live {
                    let element = self.pop()?;
                    // Anything but these two would be another spelling of the same signature.
                    let minimal = matches!(element.as_slice(), [] | [1]);
                    if self.rules != Rules::Legacy && !minimal {
                        return Err(bad_signature());
                    }
                    is_true(&element) == (opcode == 0x63)
                } else {
                    false
                };
                self.branches.push(taken);
            }
            0x67 => {
                let last = self.branches.last_mut().ok_or_else(bad_signature)?;
                *last = !*last;
            }
            0x68 => {
                self.branches.pop().ok_or_else(bad_signature)?;
            }
            _ => return Err(bad_signature()),
        }
        Ok(())
    }

    fn shuffle(&mut self, opcode: u8) -> Done {
        match opcode {
            0x6b => {
                let element = self.pop()?;
                self.alt.push(element);
            }
            0x6c => {
                let element = self.alt.pop().ok_or_else(bad_signature)?;
                self.stack.push(element);
            }
            0x73 => {
                let element = self.top()?;
                if is_true(&element) {
                    self.stack.push(element);
                }
            }
            0x74 => {
                let depth = i64::try_from(self.stack.len()).unwrap_or(i64::MAX);
                self.stack.push(element(depth));
            }
            0x75 => {
                self.pop()?;
            }
            0x76 => {
                let element = self.top()?;
                self.stack.push(element);
            }
            0x7c => {
                let (second, first) = (self.pop()?, self.pop()?);
                self.stack.extend([second, first]);
            }
            0x82 => {
                let length = i64::try_from(self.top()?.len()).unwrap_or(i64::MAX);
                self.stack.push(element(length));
            }
            0x87 | 0x88 => {
                let same = self.pop()? == self.pop()?;
                self.push_bool(same);
                if opcode == 0x88 {
                    self.verify()?;
                }
            }
            _ => return Err(inconclusive()),
        }
        Ok(())
    }

    fn count(&mut self, opcode: u8) -> Done {
        if matches!(opcode, 0x8b | 0x8c | 0x91 | 0x92) {
            let number = self.pop_number()?;
            self.stack.push(element(match opcode {
                0x8b => number + 1,
                0x8c => number - 1,
                0x91 => i64::from(number == 0),
                _ => i64::from(number != 0),
            }));
            return Ok(());
        }
        let most = if opcode == 0xa5 {
            Some(self.pop_number()?)
        } else {
            None
        };
        let (b, a) = (self.pop_number()?, self.pop_number()?);
        let result = match opcode {
            0x93 => a + b,
            0x94 => a - b,
            0x9a => i64::from(a != 0 && b != 0),
            0x9b => i64::from(a != 0 || b != 0),
            0x9c | 0x9d => i64::from(a == b),
            0x9e => i64::from(a != b),
            0x9f => i64::from(a < b),
            0xa0 => i64::from(a > b),
            0xa1 => i64::from(a <= b),
            0xa2 => i64::from(a >= b),
            0xa3 => a.min(b),
            0xa4 => a.max(b),
            0xa5 => i64::from(most.is_some_and(|most| b <= a && a < most)),
            _ => return Err(inconclusive()),
        };
        self.stack.push(element(result));
        if opcode == 0x9d {
            self.verify()
        } else {
            Ok(())
        }
    }

    fn signatures(&mut self, opcode: u8) -> Done {
        let tapscript = matches!(self.rules, Rules::Tapscript { .. });
        match opcode {
            0xac | 0xad => {
                let (key, signature) = (self.pop()?, self.pop()?);
                let good = self.check_signature(&signature, &key)?;
                self.push_bool(good);
            }
            0xba if tapscript => {
                let (key, count, signature) = (self.pop()?, self.pop_number()?, self.pop()?);
                let good = self.check_signature(&signature, &key)?;
                self.stack.push(element(count + i64::from(good)));
            }
            0xae | 0xaf if !tapscript => {
                let good = self.check_several()?;
                self.push_bool(good);
            }
            _ => return Err(bad_signature()),
        }
        if matches!(opcode, 0xad | 0xaf) {
            self.verify()
        } else {
            Ok(())
        }
    }

    /// `OP_CHECKMULTISIG`: the signatures in the order of their keys.
    fn check_several(&mut self) -> Result<bool, Reason> {
        let mut several = |most: i64| {
            let count = self.pop_number()?;
            if !(0..=most).contains(&count) {
                return Err(bad_signature());
            }
            (0..count)
                .map(|_| self.pop())
                .collect::<Result<Vec<_>, _>>()
        };
        let keys = several(KEYS_MOST)?;
        let signatures = several(i64::try_from(keys.len()).unwrap_or(0))?;
        // One element too many is taken, and must be empty.
        if !self.pop()?.is_empty() {
            return Err(bad_signature());
        }
        self.steps += keys.len();
        let mut keys = keys.iter();
        let mut good = true;
        for signature in &signatures {
            let mut found = false;
            for key in keys.by_ref() {
                if !signature.is_empty() && self.holds_ecdsa(signature, key)? {
                    found = true;
                    break;
                }
            }
            good &= found;
        }
        if !good && signatures.iter().any(|signature| !signature.is_empty()) {
            return Err(bad_signature());
        }
        Ok(good)
    }

    /// Whether one signature holds; one that does not must be empty.
    fn check_signature(&self, signature: &[u8], key: &[u8]) -> Result<bool, Reason> {
        if signature.is_empty() {
            return Ok(false);
        }
        let holds = match self.rules {
            Rules::Tapscript { leaf } => self.holds_schnorr(signature, key, leaf)?,
            _ => self.holds_ecdsa(signature, key)?,
        };
        if holds {
            Ok(true)
        } else {
            Err(bad_signature())
        }
    }

    fn holds_ecdsa(&self, signature: &[u8], key: &[u8]) -> Result<bool, Reason> {
        let signature = ecdsa::Signature::from_slice(signature).map_err(|_| bad_signature())?;
        let key = PublicKey::from_slice(key).map_err(|_| bad_signature())?;
        let mut low = signature.signature;
        low.normalize_s();
        if low != signature.signature || signature.sighash_type != EcdsaSighashType::All {
            return Err(bad_signature());
        }
        let mut cache = SighashCache::new(self.transaction);
        let message = if self.rules == Rules::Segwit {
            if !key.compressed {
                return Err(bad_signature());
            }
            let value = self.coins.get(self.index).ok_or_else(bad_signature)?.value;
            let hash =
                cache.p2wsh_signature_hash(self.index, self.script, value, EcdsaSighashType::All);
            Message::from(hash.map_err(|_| bad_signature())?)
        } else {
            let hash = cache.legacy_signature_hash(
                self.index,
                self.script,
                EcdsaSighashType::All.to_u32(),
            );
            Message::from(hash.map_err(|_| bad_signature())?)
        };
        Ok(self
            .secp
            .verify_ecdsa(&message, &signature.signature, &key.inner)
            .is_ok())
    }

    fn holds_schnorr(
        &self,
        signature: &[u8],
        key: &[u8],
        leaf: TapLeafHash,
    ) -> Result<bool, Reason> {
        let signature = taproot::Signature::from_slice(signature).map_err(|_| bad_signature())?;
        let key = XOnlyPublicKey::from_slice(key).map_err(|_| bad_signature())?;
        if !matches!(
            signature.sighash_type,
            TapSighashType::Default | TapSighashType::All
        ) {
            return Err(bad_signature());
        }
        let mut cache = SighashCache::new(self.transaction);
        let coins = Prevouts::All(self.coins);
        let hash = cache.taproot_script_spend_signature_hash(
            self.index,
            &coins,
            leaf,
            signature.sighash_type,
        );
        let message = Message::from(hash.map_err(|_| bad_signature())?);
        Ok(self
            .secp
            .verify_schnorr(&signature.signature, &message, &key)
            .is_ok())
    }

    fn own_sequence(&self) -> u32 {
        self.transaction
            .input
            .get(self.index)
            .map_or(SEQUENCE_FINAL, |input| input.sequence.0)
    }

    /// `OP_CHECKLOCKTIMEVERIFY` (BIP-65).
    fn lock_time(&self) -> Done {
        let wanted = number(&self.top()?, 5)?;
        let locked = i64::from(self.transaction.lock_time.to_consensus_u32());
        let same_sort = (wanted < LOCK_TIME_THRESHOLD) == (locked < LOCK_TIME_THRESHOLD);
        let good =
            wanted >= 0 && same_sort && wanted <= locked && self.own_sequence() != SEQUENCE_FINAL;
        if good { Ok(()) } else { Err(bad_signature()) }
    }

    /// `OP_CHECKSEQUENCEVERIFY` (BIP-112).
    fn sequence(&self) -> Done {
        let wanted = number(&self.top()?, 5)?;
        if wanted < 0 {
            return Err(bad_signature());
        }
        if wanted & SEQUENCE_DISABLED != 0 {
            return Ok(());
        }
        let own = i64::from(self.own_sequence());
        let (wanted, masked) = (wanted & SEQUENCE_MASK, own & SEQUENCE_MASK);
        let same_sort = (wanted < SEQUENCE_TIME) == (masked < SEQUENCE_TIME);
        let good = self.transaction.version.0 >= 2
            && own & SEQUENCE_DISABLED == 0
            && same_sort
            && wanted <= masked;
        if good { Ok(()) } else { Err(bad_signature()) }
    }
}

fn inconclusive() -> Reason {
    let text = "the script of the address uses what is not known here, so that nobody can say who controls it";
    Reason::new(Code::Algorithm, text)
}
