use std::{collections::HashMap, sync::Arc};

use tokio::time::Instant;

/// The hash of a host or a schema. Names with the same hash are treated as equal, which only delays a request.
pub(super) type Name = u64;

/// Reservations of the hosts and schemas of requests that are in flight or may still take effect. They are needed because zooid
/// accepts two overlapping requests with the same host or schema.
#[derive(Debug, Default)]
pub(super) struct Reservations {
    by_name: HashMap<Name, Reservation>,
}

#[derive(Debug)]
struct Reservation {
    relay: Arc<str>,
    /// `None` while the request is in flight.
    until: Option<Instant>,
    waiting: Vec<Arc<str>>,
}

impl Reservations {
    /// Reserves all of these names or none.
    ///
    /// # Errors
    ///
    /// If another relay has reserved one of the names. The error is the time when its reservation ends; `None` if
    /// [`end`](Self::end) will return this relay.
    pub(super) fn reserve(&mut self, relay: &Arc<str>, names: [Name; 2], now: Instant) -> Result<(), Option<Instant>> {
        for name in names {
            if let Some(other) = self.by_name.get_mut(&name).filter(|other| other.relay != *relay)
                && other.until.is_none_or(|until| until > now)
            {
                if !other.waiting.contains(relay) {
                    other.waiting.push(Arc::clone(relay));
                }
                return Err(other.until);
            }
        }
        for name in names {
            let reservation = Reservation {
                relay: Arc::clone(relay),
                until: None,
                waiting: Vec::new(),
            };
            self.by_name.insert(name, reservation);
        }
        Ok(())
    }

    /// Ends the requests of a relay, which may take effect until `until`. Returns the relays that waited for them.
    pub(super) fn end(&mut self, names: [Name; 2], until: Option<Instant>, now: Instant) -> Vec<Arc<str>> {
        let mut waited = Vec::new();
        for name in names {
            if let Some(reservation) = self.by_name.get_mut(&name) {
                waited.append(&mut reservation.waiting);
                reservation.until = until.or(Some(now));
            }
        }
        let lasts = |reservation: &Reservation| reservation.until.is_none_or(|until| until > now);
        match until {
            Some(_) => self.by_name.retain(|_, reservation| lasts(reservation)),
            None => names.iter().for_each(|name| drop(self.by_name.remove(name))),
        }
        waited
    }

    /// Returns the relay that has a request with this name in flight.
    pub(super) fn in_flight(&self, name: Name) -> Option<&Arc<str>> {
        let reservation = self.by_name.get(&name)?;
        reservation.until.is_none().then_some(&reservation.relay)
    }

    /// Returns the relays that have a request in flight; a relay may occur twice.
    pub(super) fn all_in_flight(&self) -> impl Iterator<Item = &Arc<str>> {
        let in_flight = self.by_name.values().filter(|reservation| reservation.until.is_none());
        in_flight.map(|reservation| &reservation.relay)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_name_is_reserved_for_one_relay_until_its_request_has_ended() {
        let now = Instant::now();
        let [a, b]: [Arc<str>; 2] = ["a".into(), "b".into()];
        let mut reservations = Reservations::default();
        assert_eq!(reservations.reserve(&a, [1, 2], now), Ok(()));
        assert_eq!(reservations.reserve(&b, [1, 3], now), Err(None));
        assert_eq!(reservations.reserve(&b, [4, 2], now), Err(None));
        assert_eq!(reservations.in_flight(1), Some(&a));
        assert_eq!(reservations.end([1, 2], None, now), [b.clone(), b.clone()]);
        assert_eq!(reservations.reserve(&b, [1, 3], now), Ok(()));
    }

    #[test]
    fn the_names_of_a_request_without_an_answer_are_reserved_until_it_has_settled() {
        let now = Instant::now();
        let [a, b]: [Arc<str>; 2] = ["a".into(), "b".into()];
        let mut reservations = Reservations::default();
        let until = Some(now + SECOND);
        assert_eq!(reservations.reserve(&a, [1, 2], now), Ok(()));
        assert_eq!(reservations.end([1, 2], until, now), []);
        assert_eq!(reservations.in_flight(1), None);
        assert_eq!(reservations.reserve(&b, [1, 3], now), Err(until));
        assert_eq!(
            reservations.reserve(&a, [5, 2], now),
            Ok(()),
            "the relay itself may send another request"
        );
        assert_eq!(reservations.reserve(&b, [1, 3], now + SECOND), Ok(()));
    }
}
