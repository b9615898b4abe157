//! An order against the caps of the account: instances and spending.

use bonafide_policy::{Limits, SpendCap};

use super::Order;
use super::answer::Passed;
use crate::submission::FieldError;

/// What the caps say to an order.
pub(super) struct Caps {
    /// Whether there is any limit.
    pub(super) any: bool,
    /// Those that the order would go beyond.
    pub(super) passed: Vec<Passed>,
}

impl Caps {
    /// Holds an order against limits; a number that is needed for it and was not told is a mistake. Of an account that is
    /// not opened yet (`fresh`) nothing is in use.
    pub(super) fn of(limits: &Limits, order: &Order, fresh: bool) -> Result<Self, FieldError> {
        let any = limits.instances_max.is_some()
            || !limits.blocked_ports.is_empty()
            || !limits.spend_caps.is_empty()
            || limits.bandwidth_mbps_max.is_some()
            || limits.expires_at.is_some();
        let mut passed = Vec::new();
        if limits.provision {
            passed.extend(instances(limits, order, fresh)?);
            passed.extend(spending(limits, order, fresh)?);
        }
        Ok(Self { any, passed })
    }
}

fn instances(limits: &Limits, order: &Order, fresh: bool) -> Result<Option<Passed>, FieldError> {
    let Some(max) = limits.instances_max else {
        return Ok(None);
    };
    let in_use = match &order.in_use {
        Some(in_use) => in_use.instances,
        None if fresh || order.quantity > max => 0,
        None => {
            let message = format!(
                "this account may have {max} instances: say how many it has already, as `{{\"instances\": 0}}`"
            );
            return Err(FieldError::new("in_use", message));
        }
    };
    let wanted = u64::from(in_use) + u64::from(order.quantity);
    Ok((wanted > u64::from(max)).then_some(Passed {
        limit: "instances".to_owned(),
        currency: None,
        max: max.into(),
        wanted,
    }))
}

/// The caps on spending. An order is priced in one currency; the caps of others are not touched by it.
fn spending(limits: &Limits, order: &Order, fresh: bool) -> Result<Option<Passed>, FieldError> {
    let caps = &limits.spend_caps;
    if caps.is_empty() {
        return Ok(None);
    }
    let codes: Vec<&str> = caps.iter().map(|cap| &*cap.currency).collect();
    let codes = codes.join(", ");
    let Some(price) = &order.price else {
        let message = format!(
            "this account's spending is capped in {codes}: say what the order costs, 0 included"
        );
        return Err(FieldError::new("price", message));
    };
    if price.minor == 0 {
        return Ok(None);
    }
    let Some(SpendCap {
        currency,
        minor: max,
    }) = caps.iter().find(|c| *c.currency == *price.currency)
    else {
        let message = format!("this account's spending is capped in {codes}: give the price in it");
        return Err(FieldError::new("price.currency", message));
    };
    let spent = order.in_use.as_ref().map(|u| &u.spend);
    let spent = spent.and_then(|all| all.iter().find(|m| *m.currency == **currency));
    let spent = match spent {
        Some(money) => money.minor,
        None if fresh || price.minor > *max => 0,
        None => {
            let message = format!("say what the account has spent in {currency}, 0 included");
            return Err(FieldError::new("in_use.spend", message));
        }
    };
    let wanted = spent.saturating_add(price.minor);
    Ok((wanted > *max).then(|| Passed {
        limit: "spend".to_owned(),
        currency: Some(currency.to_string()),
        max: *max,
        wanted,
    }))
}
