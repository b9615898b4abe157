//! Invented rows. What is sealed is a text that can be searched for in the files.

use bonafide_ledger::{Commitment, Kind, Leaf, sha256};
use bonafide_model::{AccountId, HoldId, PartyId, RecordId, Timestamp};
use bonafide_store::{
    AccountRow, ApplyError, Change, EntryRow, HoldRow, IdempotencyRow, ImportedRow, KeyRow, Op,
    PartyRow, RecordRow, Store, Subject, TenantRow,
};

pub(crate) const TENANT: &str = "acme";
pub(crate) const ORIGIN: &str = "ledger.example/acme";

pub(crate) fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(1_700_000_000_000 + millis).unwrap()
}

pub(crate) fn party(n: u128) -> PartyId {
    PartyId::from_bits(n)
}

pub(crate) fn account(n: u128) -> AccountId {
    AccountId::from_bits(n)
}

pub(crate) fn record(n: u128) -> RecordId {
    RecordId::from_bits(n)
}

pub(crate) fn hold(n: u128) -> HoldId {
    HoldId::from_bits(n)
}

pub(crate) fn change(expect: Vec<(Subject, i64)>, ops: Vec<Op>) -> Change {
    Change {
        tenant: TENANT.to_owned(),
        expect,
        ops,
    }
}

/// A leaf that differs from every other by its number.
pub(crate) fn leaf(n: u128) -> Vec<u8> {
    let leaf = Leaf {
        ledger: ORIGIN.to_owned(),
        kind: Kind::SignUp,
        at: at(i64::try_from(n % 1_000_000).unwrap()),
        actor: "key_test".to_owned(),
        policy: Vec::new(),
        refs: Vec::new(),
        commitments: vec![Commitment {
            field: "subject".to_owned(),
            hash: sha256(&n.to_be_bytes()),
        }],
        blob: None,
    };
    leaf.encode().unwrap()
}

pub(crate) fn add_record(n: u128) -> Op {
    Op::AddRecord(RecordRow {
        record: record(n),
        leaf: leaf(n),
    })
}

pub(crate) fn entry(who: u128, n: u128, about: Option<u128>) -> EntryRow {
    EntryRow {
        party: party(who),
        record: record(n),
        account: about.map(account),
        kind: "sign_up".to_owned(),
        at: at(1),
        envelope: envelope(who, n),
    }
}

pub(crate) fn envelope(who: u128, n: u128) -> Vec<u8> {
    format!("sealed envelope of party {who} in record {n}").into_bytes()
}

pub(crate) fn wrapped(who: u128) -> Vec<u8> {
    format!("wrapped keys of party {who}").into_bytes()
}

pub(crate) fn keys(who: u128, epoch: i64) -> KeyRow {
    KeyRow {
        party: party(who),
        epoch,
        wrapped: wrapped(who),
    }
}

pub(crate) fn account_row(n: u128, holder: u128) -> AccountRow {
    AccountRow {
        account: account(n),
        holder: party(holder),
        product: "vps".to_owned(),
        state: "open".to_owned(),
        decision: "approve".to_owned(),
        risk: "low".to_owned(),
        review_at: Some(at(1_000)),
        version: 0,
        created_at: at(0),
        closed_at: None,
        last_access_at: None,
    }
}

pub(crate) fn idempotency(key: &str, who: u128) -> IdempotencyRow {
    IdempotencyRow {
        route: "POST /v1/sign-ups".to_owned(),
        key: key.to_owned(),
        body_mac: vec![7; 32],
        status: 201,
        party: Some(party(who)),
        envelope: format!("sealed answer to party {who}").into_bytes(),
        at: at(5),
    }
}

pub(crate) fn hold_row(n: u128, who: u128) -> HoldRow {
    HoldRow {
        hold: hold(n),
        party: party(who),
        starts_at: at(2),
        expires_at: None,
        released_at: None,
        envelope: format!("sealed basis of hold {n}").into_bytes(),
    }
}

pub(crate) fn imported(n: u8, who: u128, of: u128) -> ImportedRow {
    ImportedRow {
        token: vec![n; 32],
        source: "whmcs".to_owned(),
        party: party(who),
        account: account(of),
        content: vec![1; 32],
        run: "run_1".to_owned(),
        at: at(3),
    }
}

/// A new party with keys, an entry, a token and a record `100 * who`.
pub(crate) fn new_party(who: u128) -> Change {
    let token = |text: &str| Op::AddToken {
        token: text.as_bytes().to_vec(),
        party: party(who),
        attribute: "name".to_owned(),
    };
    change(
        vec![(Subject::Party(party(who)), 0)],
        vec![
            Op::PutParty(PartyRow::new(party(who), "person", at(0))),
            Op::PutKeys(keys(who, 1)),
            Op::AddEntry(entry(who, 100 * who, None)),
            add_record(100 * who),
            token("everybody"),
            token(&format!("token of {who}")),
        ],
    )
}

/// A new account of a party that has this version, with an entry about it and an answer that is remembered.
pub(crate) fn new_account(n: u128, holder: u128, version: i64, others: &[(u128, i64)]) -> Change {
    let mut expect = vec![
        (Subject::Account(account(n)), 0),
        (Subject::Party(party(holder)), version),
    ];
    expect.extend(
        others
            .iter()
            .map(|(who, v)| (Subject::Party(party(*who)), *v)),
    );
    let link = |who: u128| Op::LinkParty {
        account: account(n),
        party: party(who),
    };
    let mut ops = vec![
        Op::PutAccount(account_row(n, holder)),
        link(holder),
        Op::AddEntry(entry(holder, 100_000 + n, Some(n))),
        add_record(100_000 + n),
        Op::AddIdempotency(idempotency(&format!("key {n}"), holder)),
    ];
    ops.extend(others.iter().map(|(who, _)| link(*who)));
    change(expect, ops)
}

pub(crate) async fn apply_one(store: &Store, change: Change) -> Result<(), ApplyError> {
    store.apply(vec![change]).await.unwrap().remove(0)
}

/// Applies changes that must all be good.
pub(crate) async fn apply_all(store: &Store, changes: Vec<Change>) {
    for result in store.apply(changes).await.unwrap() {
        result.unwrap();
    }
}

pub(crate) async fn make_tenant(store: &Store) {
    let row = TenantRow {
        tenant: TENANT.to_owned(),
        origin: ORIGIN.to_owned(),
        created_at: at(0),
    };
    apply_one(store, change(vec![], vec![Op::PutTenant(row)]))
        .await
        .unwrap();
}
