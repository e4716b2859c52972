//! Operations that two servers did at once, and that one of them does again.

use std::future::Future;

use crate::store::StoreError;

/// So often an operation is tried before its conflict is an error.
const TRIES: u32 = 10;

/// An error of an operation, of which one kind is the store's.
pub(super) trait OperationError {
    /// Returns what the store said, if it was the store.
    fn store_error(&self) -> Option<&StoreError>;
}

impl OperationError for StoreError {
    fn store_error(&self) -> Option<&StoreError> {
        Some(self)
    }
}

/// Implements [`OperationError`] for enums that have the variant `Store`.
macro_rules! operation_error {
    ($($name:ty),*) => {
        $(impl $crate::coordinator::retry::OperationError for $name {
            fn store_error(&self) -> Option<&$crate::store::StoreError> {
                if let Self::Store(error) = self { Some(error) } else { None }
            }
        })*
    };
}
pub(super) use operation_error;

/// Does an operation again if another server was in its way. Nothing is waited for in between:
/// the database has let the other one pass.
pub(super) async fn retry<T, E, F>(mut operation: impl FnMut() -> F) -> Result<T, E>
where
    E: OperationError,
    F: Future<Output = Result<T, E>>,
{
    for _ in 1..TRIES {
        match operation().await {
            Err(error) if error.store_error().is_some_and(StoreError::is_conflict) => {
                tracing::debug!("two servers were in each other's way: trying again");
            }
            done => return done,
        }
    }
    operation().await
}
