//! The written programme says what the packs say, in two forms, and lets nothing of its inputs act (R-150).

use bonafide_model::Registry;
use bonafide_policy::method::MethodSet;
use bonafide_policy::pack::{ActivePack, Pack};
use bonafide_policy::provider::{Catalogue, ProviderProfile};
use bonafide_policy::render::{Programme, render_html, render_markdown};

use crate::common::{HEAD, active, elected, parse, shipped};

const PROFILE: &str = include_str!("../../../cli/samples/provider.toml");
const CATALOGUE: &str = include_str!("../../../cli/samples/catalogue.toml");
const GOLDEN_MARKDOWN: &str = include_str!("golden/programme.md");
const GOLDEN_HTML: &str = include_str!("golden/programme.html");

/// Both forms, Markdown first.
fn rendered(packs: &[ActivePack], profile: &str) -> (String, String) {
    let programme = Programme {
        packs,
        profile: &ProviderProfile::parse("provider.toml", profile).unwrap(),
        catalogue: &Catalogue::parse("catalogue.toml", CATALOGUE).unwrap(),
        methods: &MethodSet::builtin(),
        registry: &Registry::builtin(),
        written_on: "2026-11-24".parse().unwrap(),
    };
    (render_markdown(&programme), render_html(&programme))
}

fn usual() -> Vec<ActivePack> {
    ["us-iaas-cip", "us-sanctions", "eu-gdpr", "eu-dsa-trader"]
        .map(|name| active(shipped(name)))
        .into()
}

/// Compares with the golden file, or writes it anew when `BONAFIDE_BLESS` is set.
fn golden(name: &str, golden: &str, now: &str) {
    if std::env::var_os("BONAFIDE_BLESS").is_some() {
        let path = format!("{}/tests/packs/golden/{name}", env!("CARGO_MANIFEST_DIR"));
        std::fs::write(path, now).unwrap();
        return;
    }
    let differs = golden
        .lines()
        .zip(now.lines())
        .position(|(old, new)| old != new);
    assert!(
        golden == now,
        "{name} differs, first in line {:?}; look, then bless",
        differs.map(|l| l + 1)
    );
}

#[test]
fn the_programme_is_as_it_was_last_read_by_a_person() {
    let (markdown, html) = rendered(&usual(), PROFILE);
    golden("programme.md", GOLDEN_MARKDOWN, &markdown);
    golden("programme.html", GOLDEN_HTML, &html);
}

#[test]
fn a_proposal_is_never_called_law_and_its_election_is_printed() {
    let alone = |pack: ActivePack| rendered(&[pack], PROFILE).0;
    let dry = alone(active(shipped("us-iaas-cip")));
    assert!(dry.contains("A proposal, not adopted. It runs as a dry run"));
    assert!(
        !dry.to_lowercase().contains("in force"),
        "the proposal alone"
    );
    let bites = alone(elected(shipped("us-iaas-cip")));
    assert!(bites.contains("R. Example, programme officer elected on 2026-03-01"));
    assert!(!bites.to_lowercase().contains("in force"));
}

#[test]
fn every_requirement_rule_and_notice_stands_in_it_with_version_and_digest() {
    let packs = usual();
    let (markdown, html) = rendered(&packs, PROFILE);
    for pack in packs.iter().map(|a| &*a.pack) {
        assert!(html.contains(&*pack.digest) && markdown.contains(&*pack.id));
        let ids = pack.requirements.iter().map(|r| &r.id);
        let ids = ids
            .chain(pack.rules.iter().map(|r| &r.id))
            .chain(pack.failures.iter().map(|f| &f.id));
        for id in ids {
            assert!(
                html.contains(&format!("<code>{id}</code>")),
                "{}/{id}",
                pack.id
            );
        }
        assert_eq!(
            pack.notices
                .iter()
                .filter(|n| !markdown.contains(&*n.title))
                .count(),
            0
        );
    }
}

#[test]
fn r_105_the_contradiction_is_printed_with_both_sides() {
    let (markdown, _) = rendered(&usual(), PROFILE);
    let open = markdown.split("Open contradictions").nth(1).unwrap();
    let row = open
        .lines()
        .find(|l| l.contains("`identity` records"))
        .unwrap();
    assert!(row.contains("Article 30(5)") && row.contains("15 CFR 7.302"));
    let (alone, _) = rendered(&[active(shipped("eu-gdpr"))], PROFILE);
    assert!(alone.contains("The packs do not contradict each other."));
}

#[test]
fn r_170_every_attribute_held_has_a_basis_for_each_regime_of_the_packs() {
    let (markdown, _) = rendered(&usual(), PROFILE);
    for regime in ["us-iaas-cip", "eu-gdpr"] {
        let table = markdown
            .split(&format!("Handling under {regime}:"))
            .nth(1)
            .unwrap();
        let table = table.split("\n\n").nth(1).unwrap();
        for name in ["legal_name", "email", "payment_token", "document_number"] {
            let row = table
                .lines()
                .find(|l| l.contains(&format!("`{name}`")))
                .unwrap();
            assert!(
                row.split('|')
                    .skip(1)
                    .take(5)
                    .all(|cell| !cell.trim().is_empty()),
                "{row}"
            );
        }
    }
}

fn hostile() -> Pack {
    let text = HEAD
        .replace(
            "title = \"Small\"",
            "title = '<script>alert(1)</script> & \"<b>\"'",
        )
        .replace(
            "A pack of the tests.",
            "1. *one* | `two` [x](javascript:alert(2)) <img src=x onerror=alert(3)>",
        );
    parse("small", &text)
}

#[test]
fn nothing_in_a_pack_or_profile_becomes_markup() {
    let profile = PROFILE.replace("Example Hosting Inc.", "<svg/onload=alert(4)>");
    let (markdown, html) = rendered(&[active(hostile())], &profile);
    for tag in ["<script", "<img", "<svg", "<b>"] {
        assert!(!html.contains(tag), "{tag}");
    }
    assert!(html.contains("&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;&lt;b&gt;&quot;"));
    assert!(markdown.contains(r"\<script\>alert(1)\</script\>"));
    assert!(markdown.contains(r"1\. \*one\* \| \`two\` \[x\](javascript:alert(2)) \<img"));
}

#[test]
fn the_html_is_well_formed_labelled_and_loads_nothing() {
    let (_, html) = rendered(&usual(), PROFILE);
    assert!(html.starts_with("<!doctype html>\n<html lang=\"en\">"));
    for absent in [
        "<script", "src=", "http://", "https://", "url(", "@import", "onload=",
    ] {
        assert!(!html.contains(absent), "{absent}");
    }
    let mut open: Vec<&str> = Vec::new();
    let mut ids: Vec<&str> = Vec::new();
    let mut headings: Vec<usize> = Vec::new();
    for tag in html
        .split('<')
        .skip(2)
        .map(|rest| rest.split('>').next().unwrap())
    {
        let name = tag.split(' ').next().unwrap();
        if let Some(closed) = name.strip_prefix('/') {
            assert_eq!(open.pop(), Some(closed), "crossing tags");
            continue;
        }
        ids.extend(
            tag.split("id=\"")
                .skip(1)
                .filter(|_| tag.contains(" id=\""))
                .map(|id| id.split('"').next().unwrap()),
        );
        assert!(
            name != "th" || tag.contains("scope=\"col\"") || tag.contains("scope=\"row\""),
            "<{tag}>"
        );
        if let Some(level) = name.strip_prefix('h').and_then(|n| n.parse().ok()) {
            headings.push(level);
        }
        if name != "meta" {
            open.push(name);
        }
    }
    assert!(open.is_empty(), "{open:?}");
    assert_eq!(
        html.matches("<table ").count(),
        html.matches("<caption ").count()
    );
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), count, "ids are unique");
    assert!(
        headings.windows(2).all(|pair| pair[1] <= pair[0] + 1),
        "no heading level is skipped"
    );
    let targets = html
        .split("href=\"#")
        .skip(1)
        .map(|t| t.split('"').next().unwrap());
    assert!(targets.into_iter().all(|t| ids.contains(&t)));
}
