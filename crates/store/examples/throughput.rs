//! How fast changes and records become durable, and how fast a proof is read, on whichever database is named.
//!
//!     cargo run --release -p bonafide-store --example throughput -- FILE-OR-POSTGRES-ADDRESS [RECORDS]
//!
//! Use an empty folder or database: it stays behind.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use bonafide_ledger::{Commitment, Kind, Leaf, leaf_hash, parse_bundle, proof, sha256, tree};
use bonafide_model::{AccountId, PartyId, RecordId, Timestamp};
use bonafide_store::{
    AccountRow, Change, EntryRow, IdempotencyRow, KeyRow, Op, PartyRow, RecordRow, Store, Subject,
    TenantRow, Writer,
};

type Failure = Box<dyn std::error::Error + Send + Sync>;

const TENANT: &str = "bench";
const ORIGIN: &str = "ledger.example/bench";
/// Sign-ups measured, and how many clients wait at once.
const SIGN_UPS: u128 = 4_000;
const CLIENTS: usize = 64;
/// Records of one filling change.
const FILL: u128 = 5_000;
/// Records sequenced in one transaction.
const BATCH: usize = 4_096;
/// Proofs measured.
const PROOFS: u64 = 2_000;

#[expect(clippy::disallowed_methods, reason = "this measures time")]
fn clock() -> std::time::Instant {
    std::time::Instant::now()
}

fn leaf(n: u128) -> Result<Vec<u8>, Failure> {
    let commitment = |i: u8| Commitment {
        field: format!("field-{i}"),
        hash: sha256(&[n.to_be_bytes().as_slice(), &[i]].concat()),
    };
    let leaf = Leaf {
        ledger: ORIGIN.to_owned(),
        kind: Kind::SignUp,
        at: at()?,
        actor: "key_bench".to_owned(),
        policy: vec![sha256(b"pack"), sha256(b"list")],
        refs: Vec::new(),
        commitments: (0..6).map(commitment).collect(),
        blob: None,
    };
    Ok(leaf.encode()?)
}

fn at() -> Result<Timestamp, Failure> {
    Timestamp::from_millis(1_700_000_000_000).ok_or_else(|| "no instant".into())
}

/// What a sign-up writes: one party, one account, two records.
fn sign_up(n: u128) -> Result<Change, Failure> {
    let (party, account, at) = (PartyId::from_bits(n), AccountId::from_bits(n), at()?);
    let text = |text: &str| text.to_owned();
    let mut ops = vec![
        Op::PutParty(PartyRow::new(party, "person", at)),
        Op::PutKeys(KeyRow {
            party,
            epoch: 1,
            wrapped: vec![1; 300],
        }),
        Op::PutAccount(AccountRow {
            account,
            holder: party,
            product: text("vps"),
            state: text("open"),
            decision: text("approve"),
            risk: text("low"),
            review_at: Some(at),
            version: 0,
            created_at: at,
            closed_at: None,
            last_access_at: None,
        }),
        Op::LinkParty { account, party },
        Op::AddIdempotency(IdempotencyRow {
            route: text("POST /v1/sign-ups"),
            key: format!("key {n}"),
            body_mac: vec![2; 32],
            status: 201,
            party: Some(party),
            envelope: vec![3; 1_500],
            at,
        }),
    ];
    for bits in [2 * n, 2 * n + 1] {
        let record = RecordId::from_bits(bits);
        ops.push(Op::AddRecord(RecordRow {
            record,
            leaf: leaf(bits)?,
        }));
        ops.push(Op::AddEntry(EntryRow {
            party,
            record,
            account: Some(account),
            kind: text("sign_up"),
            at,
            envelope: vec![4; 2_000],
        }));
    }
    for part in 0..4_u8 {
        let token = sha256(&[n.to_be_bytes().as_slice(), &[part]].concat());
        let (token, attribute) = (token.as_bytes().to_vec(), text("name"));
        ops.push(Op::AddToken {
            token,
            party,
            attribute,
        });
    }
    let expect = vec![(Subject::Party(party), 0), (Subject::Account(account), 0)];
    Ok(Change {
        tenant: text(TENANT),
        expect,
        ops,
    })
}

async fn sign_ups(store: &Store) -> Result<(), Failure> {
    let writer = Writer::start(store.clone());
    let changes = (0..SIGN_UPS).map(sign_up).collect::<Result<Vec<_>, _>>()?;
    let waits = std::sync::Arc::new(std::sync::Mutex::new(BTreeMap::<Duration, u32>::new()));
    let queue = std::sync::Arc::new(tokio::sync::Mutex::new(changes.into_iter()));
    let start = clock();
    let mut clients = Vec::new();
    for _ in 0..CLIENTS {
        let (writer, queue, waits) = (writer.clone(), queue.clone(), waits.clone());
        clients.push(tokio::spawn(async move {
            loop {
                let Some(change) = queue.lock().await.next() else {
                    return Ok::<(), Failure>(());
                };
                let asked = clock();
                writer.commit(change).await?;
                if let Ok(mut waits) = waits.lock() {
                    *waits.entry(asked.elapsed()).or_default() += 1;
                }
            }
        }));
    }
    for client in clients {
        client.await??;
    }
    let seconds = start.elapsed().as_secs_f64();
    let waits: Vec<Duration> = {
        let counted = waits.lock().map_err(|e| e.to_string())?;
        let each = counted
            .iter()
            .flat_map(|(wait, count)| (0..*count).map(|_| *wait));
        each.collect()
    };
    let share = |percent: usize| {
        waits
            .get(waits.len() * percent / 100)
            .copied()
            .unwrap_or_default()
    };
    println!(
        "sign-ups: {:.0} a second from {CLIENTS} clients, each waits {:.1?} (median), {:.1?} (99 of 100)",
        SIGN_UPS as f64 / seconds,
        share(50),
        share(99)
    );
    let one = clock();
    for n in SIGN_UPS..SIGN_UPS + 50 {
        writer.commit(sign_up(n)?).await?;
    }
    println!("sign-up of a lone client: {:.1?}", one.elapsed() / 50);
    Ok(())
}

async fn fill(store: &Store, records: u128) -> Result<(), Failure> {
    let first = 1_000_000_000_u128;
    let (mut added, mut sequenced, mut batches) = (Duration::ZERO, Duration::ZERO, 0_u32);
    let mut count = 0_usize;
    for n in (first..first + records).step_by(usize::try_from(FILL)?) {
        let ops = (n..n + FILL).map(|n| {
            let record = RecordId::from_bits(n);
            Ok(Op::AddRecord(RecordRow {
                record,
                leaf: leaf(n)?,
            }))
        });
        let change = Change {
            tenant: TENANT.to_owned(),
            expect: Vec::new(),
            ops: ops.collect::<Result<_, Failure>>()?,
        };
        let start = clock();
        for result in store.apply(vec![change]).await? {
            result?;
        }
        added += start.elapsed();
        let start = clock();
        while let Some(done) = store.sequence(TENANT, BATCH).await? {
            count += done.integrated;
            batches += 1;
        }
        sequenced += start.elapsed();
    }
    println!(
        "records added: {:.0} a second, leaves checked",
        records as f64 / added.as_secs_f64()
    );
    println!(
        "records sequenced: {:.0} a second, {:.1?} a batch",
        count as f64 / sequenced.as_secs_f64(),
        sequenced / batches.max(1)
    );
    Ok(())
}

async fn proofs(store: &Store) -> Result<(), Failure> {
    let head = store.head(TENANT).await?.ok_or("no head")?;
    for pass in ["first", "second"] {
        let (mut tiles_took, mut all_took) = (Duration::ZERO, Duration::ZERO);
        for n in 0..PROOFS {
            // A step that visits places all over the tree.
            let index = n.wrapping_mul(7_919_777) % head.size;
            let start = clock();
            let tiles = store
                .tiles(TENANT, &tree::tiles_for_inclusion(index, head.size))
                .await?;
            let path = proof::build_inclusion(&tiles, index, head.size)?;
            tiles_took += start.elapsed();
            let bundle = store
                .bundle(TENANT, index / 256)
                .await?
                .ok_or("no bundle")?;
            let width = u16::try_from((head.size - index / 256 * 256).min(256))?;
            let entries = parse_bundle(&bundle, width)?;
            let entry = entries
                .get(usize::try_from(index % 256)?)
                .ok_or("no entry")?;
            all_took += start.elapsed();
            proof::verify_inclusion(&leaf_hash(entry), index, head.size, &path, &head.root)?;
        }
        let count = u32::try_from(PROOFS)?;
        println!(
            "proofs at {} records, {pass} pass: {:.0?} each, with the leaf {:.0?}",
            head.size,
            tiles_took / count,
            all_took / count
        );
    }
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let place = arguments
        .next()
        .ok_or("name a file or a PostgreSQL address")?;
    let records = arguments.next().map_or(Ok(100_000), |n| n.parse())?;
    let store = if place.starts_with("postgres") {
        Store::open_postgres(&place).await?
    } else {
        Store::open_sqlite(Path::new(&place)).await?
    };
    let tenant = TenantRow {
        tenant: TENANT.to_owned(),
        origin: ORIGIN.to_owned(),
        created_at: at()?,
    };
    let change = Change {
        tenant: TENANT.to_owned(),
        expect: Vec::new(),
        ops: vec![Op::PutTenant(tenant)],
    };
    for result in store.apply(vec![change]).await? {
        result?;
    }
    sign_ups(&store).await?;
    fill(&store, records).await?;
    proofs(&store).await
}
