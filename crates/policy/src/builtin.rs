//! The packs shipped with the product, as text. They are examples to start from: an operator copies one and changes it.

/// Names of the shipped packs and their TOML, in the order in which they are best read.
pub const PACKS: [(&str, &str); 10] = [
    ("base-minimal", include_str!("../packs/base-minimal.toml")),
    (
        "small-provider",
        include_str!("../packs/small-provider.toml"),
    ),
    ("us-iaas-cip", include_str!("../packs/us-iaas-cip.toml")),
    ("us-sanctions", include_str!("../packs/us-sanctions.toml")),
    (
        "kybc-all-business",
        include_str!("../packs/kybc-all-business.toml"),
    ),
    ("eu-gdpr", include_str!("../packs/eu-gdpr.toml")),
    ("eu-dsa-trader", include_str!("../packs/eu-dsa-trader.toml")),
    ("foreign-only", include_str!("../packs/foreign-only.toml")),
    ("business-only", include_str!("../packs/business-only.toml")),
    ("all-customers", include_str!("../packs/all-customers.toml")),
];

/// The pack asked of applicants when the operator chose none: the smallest.
pub const DEFAULT: &str = "base-minimal";

/// The text of a shipped pack.
#[must_use]
pub fn text(name: &str) -> Option<&'static str> {
    PACKS
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, text)| *text)
}
