//! One value out of many.

/// The value that this share of all does not exceed; the default of none.
pub fn percentile<T: PartialOrd + Copy + Default>(mut values: Vec<T>, share: f64) -> T {
    values.sort_by(|a, b| a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal));
    let rank = (values.len() as f64 * share).ceil() as usize;
    values.get(rank.saturating_sub(1)).copied().unwrap_or_default()
}

/// The value in the middle.
pub fn median<T: PartialOrd + Copy + Default>(values: Vec<T>) -> T {
    percentile(values, 0.5)
}
