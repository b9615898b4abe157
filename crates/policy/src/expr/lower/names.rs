//! What names mean: parties and their fields, the order, the provider, sets.

use bonafide_model::ValueType;
use bonafide_model::registry::nearest;
use cel::common::ast::{Expr, IdedExpr, LiteralValue, SelectExpr};

use super::super::node::{Field, Given, List, Moment, Node, Term, Who};
use super::super::parse::ALLOWED;
use super::{Lower, Lowered, Type, Var};

/// Fields of a party that are not attributes.
const PARTY_FIELDS: [&str; 9] = [
    "kind",
    "status",
    "claims_domestic",
    "roles",
    "failed_checks",
    "screening_score_bp",
    "screened_at",
    "evidence",
    "list_screening",
];

/// Fields of the order.
const GIVEN: [(&str, &str, Given, Type); 9] = [
    ("account", "product", Given::Product, Type::Text),
    ("account", "region", Given::Region, Type::Text),
    ("account", "trial", Given::Trial, Type::Boolean),
    (
        "account",
        "opening_method",
        Given::OpeningMethod,
        Type::Text,
    ),
    ("product", "in_scope", Given::InScope, Type::Boolean),
    (
        "product",
        "controlled_hardware",
        Given::ControlledHardware,
        Type::Boolean,
    ),
    ("product", "zero_price", Given::ZeroPrice, Type::Boolean),
    ("product", "category", Given::Category, Type::Text),
    ("provider", "country", Given::ProviderCountry, Type::Text),
];

/// Whether a name already means something about every party.
pub(crate) fn is_field(name: &str) -> bool {
    PARTY_FIELDS.contains(&name)
}

impl Lower<'_> {
    /// A single value.
    pub(super) fn term(&mut self, at: &IdedExpr) -> Lowered<(Term, Type)> {
        self.count(at)?;
        match &at.expr {
            Expr::Literal(LiteralValue::String(s)) => {
                Ok((Term::Text(s.inner().into()), Type::Text))
            }
            Expr::Literal(LiteralValue::Int(n)) => Ok((Term::Integer(*n.inner()), Type::Integer)),
            Expr::Literal(LiteralValue::Boolean(b)) => {
                Ok((Term::Boolean(*b.inner()), Type::Boolean))
            }
            Expr::Ident(name) => match self.var(name) {
                Some(Var::Text(slot)) => Ok((Term::Item(slot), Type::Text)),
                Some(Var::Party(_)) => self.refuse(
                    at,
                    format!("`{name}` is a party, not a value"),
                    format!("write `{name}.kind` or another of its fields"),
                ),
                None => self.refuse_root(at, name),
            },
            Expr::Select(select) if !select.test => self.field(at, select),
            _ => self.refuse(at, "this is not a value", ALLOWED),
        }
    }

    fn var(&self, name: &str) -> Option<Var> {
        let named = self
            .vars
            .iter()
            .rev()
            .find(|(n, _)| n == name && !n.is_empty());
        named.map(|(_, var)| *var)
    }

    /// The party that an expression names, if it names one.
    pub(super) fn party(&self, at: &IdedExpr) -> Lowered<Option<Who>> {
        let Expr::Ident(name) = &at.expr else {
            return Ok(None);
        };
        match (self.var(name), name.as_str()) {
            (Some(Var::Party(slot)), _) => Ok(Some(Who::Item(slot))),
            (Some(Var::Text(_)), _) => Ok(None),
            (None, "subject") => Ok(Some(self.subject)),
            (None, "customer") if self.scope.of_pack => Ok(Some(Who::Customer)),
            (None, "customer") => {
                self.refuse(at, "a method knows no customer", "say it of `subject`")
            }
            _ => Ok(None),
        }
    }

    fn field(&mut self, at: &IdedExpr, select: &SelectExpr) -> Lowered<(Term, Type)> {
        if let Some(who) = self.party(&select.operand)? {
            return self.party_field(at, who, &select.field);
        }
        let Expr::Ident(root) = &select.operand.expr else {
            return self.refuse(at, "this is not a value", ALLOWED);
        };
        let given = GIVEN
            .iter()
            .find(|(r, f, ..)| r == root && *f == select.field);
        if let Some((_, _, given, kind)) = given.filter(|_| self.scope.of_pack) {
            return Ok((Term::Given(*given), *kind));
        }
        if root == "account" && select.field == "opened_at" {
            return self.refuse(
                at,
                "`account.opened_at` has no value of its own",
                "ask for its age, as `age(account.opened_at) > duration(\"P14D\")`",
            );
        }
        if GIVEN.iter().any(|(r, ..)| r == root) && self.scope.of_pack {
            let known = GIVEN
                .iter()
                .filter(|(r, ..)| r == root)
                .map(|(_, f, ..)| *f);
            let known: Vec<&str> = known.collect();
            let message = format!("`{root}` has no `{}`", crate::pack::shown(&select.field));
            return self.refuse(at, message, format!("it has {}", known.join(", ")));
        }
        self.refuse_root(&select.operand, root)
    }

    fn refuse_root<T>(&self, at: &IdedExpr, name: &str) -> Lowered<T> {
        let message = format!("`{}` is not known here", crate::pack::shown(name));
        let roots: &[&str] = if self.scope.of_pack {
            &[
                "subject", "customer", "account", "product", "provider", "owners", "sets",
            ]
        } else {
            &["subject"]
        };
        let near = nearest(name, roots.iter().copied());
        let help = near.map_or_else(
            || format!("known are {}", roots.join(", ")),
            |n| format!("did you mean `{n}`?"),
        );
        self.refuse(at, message, help)
    }

    fn party_field(&mut self, at: &IdedExpr, who: Who, name: &str) -> Lowered<(Term, Type)> {
        let of = |field, kind| Ok((Term::Of(who, field), kind));
        match name {
            "kind" => of(Field::Kind, Type::Text),
            "status" | "claims_domestic" if !self.scope.has_status => self.refuse(
                at,
                format!("`{name}` needs a rule for status"),
                "add `home` to `[pack]` and a table `[status]`",
            ),
            "status" => of(Field::Status, Type::Text),
            "claims_domestic" => of(Field::ClaimsDomestic, Type::Boolean),
            "failed_checks" => of(Field::FailedChecks, Type::Integer),
            "screening_score_bp" => of(Field::ScreeningScore, Type::Integer),
            "roles" => self.refuse(
                at,
                "`roles` is a list",
                "write `\"payer\" in subject.roles`",
            ),
            "screened_at" => self.refuse(
                at,
                "`screened_at` has no value of its own",
                "ask for its age, as `age(subject.screened_at) > duration(\"P1D\")`",
            ),
            "evidence" => self.refuse(
                at,
                "`evidence` has no value",
                "write `expired(subject.evidence)`",
            ),
            _ => self.attribute_field(at, who, name),
        }
    }

    fn attribute_field(&mut self, at: &IdedExpr, who: Who, name: &str) -> Lowered<(Term, Type)> {
        let position = self.attribute(at, name)?;
        let Some(attribute) = self.scope.registry.attributes().get(position) else {
            return self.refuse(at, "an attribute without a place", ALLOWED);
        };
        if attribute.many {
            let message = format!("a party can have several of `{name}`");
            let help = format!("write `\"DE\" in subject.{name}` or `subject.{name}.exists(c, …)`");
            return self.refuse(at, message, help);
        }
        let kind = match attribute.value_type {
            ValueType::Boolean => Type::Boolean,
            ValueType::Integer => Type::Integer,
            ValueType::Date => Type::Date,
            ValueType::Derived => {
                let help = "use `subject.screening_score_bp`, or `has(subject.list_screening)`";
                return self.refuse(at, format!("`{name}` has no value"), help);
            }
            _ => Type::Text,
        };
        Ok((Term::Of(who, Field::Attribute(position)), kind))
    }

    /// The position of an attribute; a name that is none is answered with the nearest field.
    fn attribute(&self, at: &IdedExpr, name: &str) -> Lowered<usize> {
        if let Some(position) = self.scope.registry.position(name) {
            return Ok(position);
        }
        let shown = crate::pack::shown(name);
        let attributes = self
            .scope
            .registry
            .attributes()
            .iter()
            .map(|a| a.name.as_str());
        let predicates = self.scope.predicates.keys().map(|p| &**p);
        let near = nearest(
            &shown,
            PARTY_FIELDS.into_iter().chain(attributes).chain(predicates),
        );
        let help = near.map_or_else(
            || "name a field, a predicate of the pack, or an attribute of the registry".to_owned(),
            |n| format!("did you mean `{n}`?"),
        );
        self.refuse(at, format!("a party has no `{shown}`"), help)
    }

    /// Several values: literals, a set, an attribute that a party can have several of, roles, owners.
    pub(super) fn list(&mut self, at: &IdedExpr) -> Lowered<List> {
        self.count(at)?;
        match &at.expr {
            Expr::List(list) => self.literal_list(at, &list.elements),
            Expr::Ident(name)
                if name == "owners" && self.var(name).is_none() && self.scope.of_pack =>
            {
                if self.scope.has_owners {
                    Ok(List::Owners)
                } else {
                    self.refuse(
                        at,
                        "`owners` needs a rule for beneficial owners",
                        "add a table `[beneficial_owner]`",
                    )
                }
            }
            Expr::Select(select) if !select.test => self.list_field(at, select),
            _ => self.refuse(at, "this is not a list", ALLOWED),
        }
    }

    fn list_field(&mut self, at: &IdedExpr, select: &SelectExpr) -> Lowered<List> {
        let name = select.field.as_str();
        if let Some(who) = self.party(&select.operand)? {
            if name == "roles" {
                return Ok(List::Roles(who));
            }
            let position = self.attribute(at, name)?;
            let many = self
                .scope
                .registry
                .attributes()
                .get(position)
                .is_some_and(|a| a.many);
            if many {
                return Ok(List::Attribute(who, position));
            }
            let help = format!("compare it with `==`, as `subject.{name} == …`");
            return self.refuse(
                at,
                format!("a party has one `{name}` at most, which is no list"),
                help,
            );
        }
        match &select.operand.expr {
            Expr::Ident(root) if root == "sets" && self.var(root).is_none() => {
                match self.scope.sets.get(name) {
                    Some(set) => Ok(List::Texts(set.as_slice().into())),
                    None => {
                        let near = nearest(name, self.scope.sets.keys().map(|s| &**s));
                        let help = near.map_or_else(
                            || "add it to `[sets]`".to_owned(),
                            |n| format!("did you mean `sets.{n}`?"),
                        );
                        self.refuse(
                            at,
                            format!("`sets.{}` is not in `[sets]`", crate::pack::shown(name)),
                            help,
                        )
                    }
                }
            }
            _ => self.refuse(at, "this is not a list", ALLOWED),
        }
    }

    /// `has(x)`.
    pub(super) fn has(&mut self, at: &IdedExpr, select: &SelectExpr) -> Lowered<Node> {
        if let Some(who) = self.party(&select.operand)? {
            let name = select.field.as_str();
            if name == "screened_at" || name == "screening_score_bp" {
                let position = self.attribute(at, "list_screening")?;
                return Ok(Node::HasAttribute(who, position));
            }
            let position = self.attribute(at, name)?;
            return Ok(Node::HasAttribute(who, position));
        }
        match (&select.operand.expr, select.field.as_str()) {
            (Expr::Ident(root), "region") if root == "account" && self.scope.of_pack => {
                Ok(Node::HasRegion)
            }
            _ => self.refuse(
                at,
                "`has` asks for an attribute of a party",
                "write `has(subject.citizenship)`",
            ),
        }
    }

    /// What stands in `age(…)`.
    pub(super) fn moment(&mut self, at: &IdedExpr) -> Lowered<Moment> {
        let help = "write `age(account.opened_at)`, `age(subject.screened_at)` or `age` of a date";
        let Expr::Select(select) = &at.expr else {
            return self.refuse(at, "this has no age", help);
        };
        if let Some(who) = self.party(&select.operand)? {
            if select.field == "screened_at" {
                return Ok(Moment::ScreenedAt(who));
            }
            return match self.party_field(at, who, &select.field)? {
                (Term::Of(who, Field::Attribute(position)), Type::Date) => {
                    Ok(Moment::Attribute(who, position))
                }
                _ => self.refuse(at, "this has no age", help),
            };
        }
        match (&select.operand.expr, select.field.as_str()) {
            (Expr::Ident(root), "opened_at") if root == "account" && self.scope.of_pack => {
                Ok(Moment::OpenedAt)
            }
            _ => self.refuse(at, "this has no age", help),
        }
    }
}
