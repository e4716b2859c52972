//! The middle of several measurements, and how far they lie apart.

/// The median of several numbers with the smallest and the largest of them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Spread {
    /// The number in the middle, or the mean of the two in the middle.
    pub(super) median: f64,
    /// The smallest.
    pub(super) min: f64,
    /// The largest.
    pub(super) max: f64,
}

impl Spread {
    /// Looks at all numbers; none at all give zeros.
    pub(super) fn of(numbers: impl IntoIterator<Item = f64>) -> Self {
        let mut numbers: Vec<f64> = numbers.into_iter().collect();
        numbers.sort_by(f64::total_cmp);
        let middle = numbers.len() / 2;
        let median = match numbers.len() {
            0 => 0.0,
            odd if odd % 2 == 1 => numbers[middle],
            _ => f64::midpoint(numbers[middle - 1], numbers[middle]),
        };
        Self {
            median,
            min: numbers.first().copied().unwrap_or_default(),
            max: numbers.last().copied().unwrap_or_default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_one_in_the_middle() {
        let odd = Spread::of([3.0, 1.0, 10.0]);
        assert_eq!((odd.median, odd.min, odd.max), (3.0, 1.0, 10.0));
        let even = Spread::of([4.0, 1.0, 2.0, 8.0]);
        assert_eq!((even.median, even.min, even.max), (3.0, 1.0, 8.0));
        let single = Spread::of([0.5]);
        assert_eq!((single.median, single.min, single.max), (0.5, 0.5, 0.5));
    }
}
