//! What one piece of evidence costs, on one core: the whole path from bytes to verdict, and for zones the reading alone.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a benchmark may stop"
)]

use std::hint::black_box;

use bonafide_evidence::{Context, mrz, verify};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use serde_json::{Value, json};

const ZONE: &str =
    "P<D<<MUSTERMANN<<ERIKA<<<<<<<<<<<<<<<<<<<<<<\nC01X0006H1D<<6408125F2710316<<<<<<<<<<<<<<<8";

fn zones(c: &mut Criterion) {
    let mut group = c.benchmark_group("mrz");
    group.throughput(Throughput::Elements(1));
    group.bench_function("zone read and checked", |b| {
        let today = "2026-06-01".parse().unwrap();
        b.iter(|| {
            let zone = mrz::Zone::read(black_box(ZONE)).unwrap();
            let dates = (
                mrz::birth_date(zone.birth, today),
                mrz::expiry_date(zone.expiry, today),
            );
            black_box((zone.doubts(), dates)).0.is_empty()
        });
    });
    let context = Context::at("2026-06-01T00:00:00Z".parse().unwrap());
    group.bench_function("verdict with claims", |b| {
        b.iter(|| verify("mrz", black_box(ZONE.as_bytes()), &context).valid);
    });
    group.finish();
}

fn chips(c: &mut Criterion) {
    let samples: Value = serde_json::from_str(include_str!("../tests/data/emrtd.json")).unwrap();
    let mut group = c.benchmark_group("emrtd");
    group.throughput(Throughput::Elements(1));
    let names = [
        "P-384 with SHA-512, signer P-256 with SHA-224",
        "signer named by key identifier",
        "RSA PKCS1 SHA-512",
        "RSA PSS salt 32",
        "ec:secp521r1 sha256",
        "ec:brainpoolP256r1 sha256",
        "ec:brainpoolP384r1 sha256",
        "ec:brainpoolP512r1 sha256",
    ];
    for name in names {
        let cases = samples["cases"].as_array().unwrap();
        let case = cases.iter().find(|case| case["name"] == name).unwrap();
        let upload = json!({"sod": case["sod"], "data_groups": samples["data_groups"]}).to_string();
        let context = json!({"at": samples["at"], "trust": samples["trust"]});
        let context =
            Context::new(context, "2027-06-01T00:00:00Z".parse().unwrap(), Vec::new()).unwrap();
        group.bench_function(name, |b| {
            b.iter(|| assert!(verify("emrtd", black_box(upload.as_bytes()), &context).valid));
        });
    }
    group.finish();
}

criterion_group!(benches, zones, chips);
criterion_main!(benches);
