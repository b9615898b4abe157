//! Who may do what, at every door: actions, roles, and the policies that join them.

mod action;
mod policies;
mod role;
mod settings;

pub use action::{Action, Scope, ScopeError};
pub(crate) use policies::Question;
pub use policies::{Access, Matter, POLICIES, PolicyError, SCHEMA};
pub use role::{Door, Role, RoleError};
pub use settings::AccessChange;
pub(crate) use settings::text_of;
