//! That somebody was screened and nothing was found is provable to whoever has the checkpoint key alone.

use bonafide_ledger::{Leaf, Opening, commitment};
use serde_json::json;

use super::place::{Place, actor, set_up, signed_up};
use super::{add, load};

#[tokio::test]
async fn that_nothing_was_found_is_proven_offline_without_a_name() {
    let place = Place::new();
    let app = place.open().await.unwrap();
    set_up(&app).await;
    load(&app).await;
    let clean = signed_up(&app, "Harmless Customer", "h@example.net")
        .await
        .parties[0]
        .id;
    let listed = signed_up(&app, "Arkady Volkov", "av@example.net")
        .await
        .parties[0]
        .id;
    app.sequence(&app.tenants()[0]).await.unwrap();
    for (party, hits) in [(clean, 0), (listed, 1)] {
        let proof = app.prove_screening(&actor(), party, None).await.unwrap();
        assert_eq!(proof.outcome["hits"], json!(hits));
        assert_eq!(proof.outcome["hits_digest"].is_null(), hits == 0);
        let list = &app.lists(&actor()).await.unwrap()[0];
        assert_eq!(proof.outcome["lists"][0]["digest"], json!(list.digest));
        assert_eq!(proof.outcome["engine"], json!(bonafide_screen::ENGINE));
        assert_eq!(proof.outcome["threshold_bp"], json!(6000));
        // The verifier's side: the leaf commits to exactly these openings, and to what was asked, which stays closed.
        let leaf = Leaf::parse(proof.proof.leaf.as_bytes()).unwrap();
        assert_eq!(
            (leaf.kind.as_str(), &leaf.ledger),
            ("screened", &proof.origin)
        );
        let fields: Vec<_> = leaf.commitments.iter().map(|c| c.field.as_str()).collect();
        assert_eq!(fields, ["subject-0", "query-1", "outcome-2", "screening-3"]);
        assert_eq!(proof.openings.len(), 2);
        for opened in &proof.openings {
            let opening = Opening::from_json(&opened.opening).unwrap();
            let committed = leaf
                .commitments
                .iter()
                .find(|c| c.field == opening.field)
                .unwrap();
            assert_eq!(committed.hash.to_string(), opened.commitment);
            assert!(commitment::verify(&proof.origin, &committed.hash, &opening));
            // Another outcome, or another party, opens nothing.
            let mut other = opening.clone();
            other.value = String::from_utf8(other.value.clone())
                .unwrap()
                .replace('0', "1")
                .into_bytes();
            assert!(!commitment::verify(&proof.origin, &committed.hash, &other));
        }
        let text = serde_json::to_string(&proof).unwrap();
        for name in ["Harmless", "Arkady", "Volkov"] {
            assert!(!text.contains(name), "{name} is in the proof");
        }
    }
}

#[tokio::test]
async fn what_was_not_screened_cannot_be_proven() {
    let place = Place::new();
    let app = place.open().await.unwrap();
    set_up(&app).await;
    let party = signed_up(&app, "Harmless Customer", "h@example.net")
        .await
        .parties[0]
        .id;
    let refused = app
        .prove_screening(&actor(), party, None)
        .await
        .unwrap_err();
    assert!(
        refused.to_string().contains("was not screened"),
        "{refused}"
    );
    load(&app).await;
    let email = json!({"claims": [{"attribute": "email", "value": "x@example.org"}]});
    add(&app, party, email).await;
    app.sequence(&app.tenants()[0]).await.unwrap();
    app.prove_screening(&actor(), party, None).await.unwrap();
}
