use super::token::{OnUnreachable, TokenTerms};
use super::{Catalogue, ProviderProfile};

const CATALOGUE: &str = "[[product]]\nid = \"server\"\ntitle = \"Server\"\ncategory = \"compute\"\nin_scope = true\nreason = \"customers run software of their own on it\"\nregions = [\"eu\", \"us\"]\n[[product]]\nid = \"mail\"\ntitle = \"Mail\"\ncategory = \"mail\"\nin_scope = false\nreason = \"software is predefined\"\n";
const PROFILE: &str = "[provider]\nname = \"Example Hosting\"\ncountry = \"DE\"\ncontact = \"trust@example.org\"\nin_scope_elsewhere = false\n[[region]]\nid = \"us\"\ncountry = \"US\"\nin_scope = true\n";

#[test]
fn r_001_an_order_names_a_product_and_region_that_there_are() {
    let catalogue = Catalogue::parse("catalogue.toml", CATALOGUE).unwrap();
    assert!(catalogue.get("server").unwrap().in_scope && !catalogue.get("mail").unwrap().in_scope);
    assert_eq!(catalogue.check_order("server", Some("eu")), Ok(()));
    assert_eq!(catalogue.check_order("mail", Some("moon")), Ok(()));
    assert!(
        catalogue
            .check_order("server", Some("moon"))
            .unwrap_err()
            .contains("it is in eu, us")
    );
    assert!(
        catalogue
            .check_order("sevrer", None)
            .unwrap_err()
            .contains("did you mean `server`?")
    );
    assert_eq!(Catalogue::default().check_order("anything", None), Ok(()));
}

#[test]
fn r_003_only_the_regions_named_are_in_scope() {
    let profile = ProviderProfile::parse("provider.toml", PROFILE).unwrap();
    assert!(
        profile.in_scope(Some("us")) && !profile.in_scope(Some("eu")) && !profile.in_scope(None)
    );
    assert!(ProviderProfile::default().in_scope(None));
}

#[test]
fn a_mistake_is_answered_with_its_line() {
    let error = Catalogue::parse(
        "c.toml",
        &CATALOGUE.replace("\"mail\"\ntitle", "\"server\"\ntitle"),
    )
    .unwrap_err();
    assert_eq!((error.line, error.file.as_str()), (8, "c.toml"));
    let error =
        ProviderProfile::parse("p.toml", &PROFILE.replace("\"DE\"", "\"Germany\"")).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("`Germany` is not a country code"),
        "{error}"
    );
    let error = ProviderProfile::parse("p.toml", &PROFILE.replace("name =", "nme =")).unwrap_err();
    assert!(error.help.contains("name"), "{error}");
}

#[test]
fn tokens_have_terms_and_provisional_ones_are_never_kept() {
    let parse = |rest: &str| {
        let text = format!("[provider]\nname = \"a\"\ncountry = \"DE\"\ncontact = \"c\"\n{rest}");
        ProviderProfile::parse("p.toml", &text)
    };
    assert_eq!(parse("").unwrap().token, TokenTerms::default());
    let text = "[token]\naudience = \"racks\"\nlifetime_seconds = 60\n[token.approved]\non_unreachable = \"keep\"\ngrace_seconds = 0\n";
    let terms = parse(text).unwrap().token;
    assert_eq!(
        (terms.audience.as_str(), terms.lifetime_seconds),
        ("racks", 60)
    );
    assert_eq!(terms.approved.on_unreachable, OnUnreachable::Keep);
    assert_eq!(terms.provisional, TokenTerms::default().provisional);
    for bad in [
        "[token]\nlifetime_seconds = 0\n",
        "[token]\nlifetime_seconds = 86401\n",
        "[token]\naudience = \"a b\"\n",
        "[token.approved]\non_unreachable = \"freeze\"\ngrace_seconds = 2592001\n",
        "[token.provisional]\non_unreachable = \"keep\"\ngrace_seconds = 0\n",
        "[token]\nlife = 3\n",
    ] {
        assert!(parse(bad).is_err(), "{bad}");
    }
}
