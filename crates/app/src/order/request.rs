//! An order as it is asked about.

use bonafide_model::{Account, AccountId, PartyId};
use bonafide_policy::Catalogue;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::submission::{FieldError, NAME_MAX_CHARS};

/// Instances of one order: more is a mistake of units.
const QUANTITY_MAX: u32 = 1_000_000;
/// Currencies in which spending is told.
const CURRENCIES_MAX: usize = 20;

/// An order: whose, of what, how much.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Order {
    /// The account that orders; or say `party`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, nullable = false)]
    pub account: Option<AccountId>,
    /// The party that orders, whose account of the product is taken if there is one; or say `account`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, nullable = false)]
    pub party: Option<PartyId>,
    /// Product of the provider's catalogue.
    #[schema(max_length = 64)]
    pub product: String,
    /// Region of the product; any that the account has when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 64, nullable = false)]
    pub region: Option<String>,
    /// Whether it would be a trial, where no account of the product stands yet.
    #[serde(default)]
    pub trial: bool,
    /// How many instances; one when left out.
    #[serde(default = "one")]
    #[schema(minimum = 1, maximum = 1_000_000)]
    pub quantity: u32,
    /// What the order costs, nothing included; wanted where spending is capped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub price: Option<Money>,
    /// What the account uses already, orders under way included; wanted where there are caps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub in_use: Option<InUse>,
    /// Whether to give the account's token of entitlements with the answer.
    #[serde(default)]
    pub token: bool,
}

/// What an account uses already.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InUse {
    /// Instances provisioned or being provisioned.
    pub instances: u32,
    /// What was spent, once per currency.
    #[serde(default)]
    #[schema(max_items = 20)]
    pub spend: Vec<Money>,
}

/// An amount of money.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Money {
    /// ISO 4217 code.
    #[schema(pattern = "^[A-Z]{3}$")]
    pub currency: String,
    /// In minor units.
    pub minor: u64,
}

fn one() -> u32 {
    1
}

impl Order {
    /// Everything that is wrong with it.
    pub(super) fn check(&self, catalogue: &Catalogue) -> Result<(), Vec<FieldError>> {
        let mut errors = Vec::new();
        let mut wrong = |field: &str, message: String| errors.push(FieldError::new(field, message));
        if self.account.is_some() == self.party.is_some() {
            wrong("account", "say either `account` or `party`".to_owned());
        }
        let named = [
            ("product", Some(&self.product)),
            ("region", self.region.as_ref()),
        ];
        let mut good = true;
        for (field, name) in named {
            let fits = |n: &String| (1..=NAME_MAX_CHARS).contains(&n.chars().count());
            if name.is_some_and(|n| !fits(n) || n.chars().any(char::is_control)) {
                good = false;
                wrong(
                    field,
                    format!("write 1 to {NAME_MAX_CHARS} printable characters"),
                );
            }
        }
        if good && let Err(message) = catalogue.check_order(&self.product, self.region.as_deref()) {
            let known = catalogue.get(&self.product).is_some();
            wrong(if known { "region" } else { "product" }, message);
        }
        if !(1..=QUANTITY_MAX).contains(&self.quantity) {
            wrong(
                "quantity",
                format!("an order is of 1 to {QUANTITY_MAX} instances"),
            );
        }
        let spend = self.in_use.as_ref().map_or(&[][..], |u| &u.spend);
        if spend.len() > CURRENCIES_MAX {
            wrong(
                "in_use.spend",
                format!("at most {CURRENCIES_MAX} currencies"),
            );
        }
        let told = spend.iter().enumerate().take(CURRENCIES_MAX);
        for (i, money) in told {
            if spend.iter().take(i).any(|m| m.currency == money.currency) {
                let message = format!("`{}` stands twice: add the amounts", money.currency);
                wrong(&format!("in_use.spend[{i}].currency"), message);
            }
        }
        let amounts = self.price.iter().map(|m| ("price.currency".to_owned(), m));
        let told = spend.iter().enumerate().take(CURRENCIES_MAX);
        let amounts = amounts.chain(told.map(|(i, m)| (format!("in_use.spend[{i}].currency"), m)));
        for (field, money) in amounts {
            let code = &money.currency;
            if code.len() != 3 || !code.bytes().all(|b| b.is_ascii_uppercase()) {
                wrong(
                    &field,
                    "write the three capital letters of ISO 4217, as `USD`".to_owned(),
                );
            }
        }
        if errors.is_empty() {
            Ok(())
        } else {
            Err(errors)
        }
    }

    /// Whether it is for what the account was opened for. A region that is not said is the account's own.
    pub(super) fn is_for(&self, account: &Account) -> bool {
        let same_region = || self.region.is_none() || self.region == account.region;
        self.product == account.product && same_region()
    }
}
