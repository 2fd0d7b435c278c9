use std::sync::{Mutex, MutexGuard, PoisonError};

/// What the mutexes here hold is whole after every statement, so a panic elsewhere takes nothing away from it.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
