//! API keys in memory, so that a request does not cost a look-up in the database. A key that is revoked is refused from the
//! next request on: any change of what is set up makes every remembered key be read again.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use bonafide_model::ApiKeyId;

use crate::marks::Mark;
use crate::rows::ApiKeyRow;
use crate::{Store, StoreError};

/// Keys remembered: more than an installation has. Keys that do not exist are not remembered.
const KEYS_MAX: usize = 4096;

/// A key, its tenant, and what had been changed when it was read.
type Remembered = (Mark, String, ApiKeyRow);

#[derive(Debug, Default)]
pub(crate) struct KeyMemory(RwLock<HashMap<ApiKeyId, Remembered>>);

impl Store {
    /// An API key by its id alone, and the tenant it belongs to.
    ///
    /// # Errors
    /// If the database fails, the row is damaged, or two tenants have a key of this id.
    pub async fn find_api_key(
        &self,
        id: ApiKeyId,
    ) -> Result<Option<(String, ApiKeyRow)>, StoreError> {
        {
            let keys = self.keys.0.read().unwrap_or_else(PoisonError::into_inner);
            if let Some((mark, tenant, row)) = keys.get(&id)
                && self.is_unchanged(mark)
            {
                return Ok(Some((tenant.clone(), row.clone())));
            }
        }
        let before = self.before();
        let found = self.read_api_key(id).await?;
        if let (Some(mark), Some((tenant, row))) = (self.setup_mark(before), &found) {
            let mut keys = self.keys.0.write().unwrap_or_else(PoisonError::into_inner);
            if keys.len() >= KEYS_MAX {
                keys.clear();
            }
            keys.insert(id, (mark, tenant.clone(), row.clone()));
        }
        Ok(found)
    }
}
