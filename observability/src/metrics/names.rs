use std::collections::HashSet;
use std::sync::{PoisonError, RwLock};

/// Names that come from outside, of which only so many are told apart.
#[derive(Debug)]
pub struct Names {
    known: RwLock<HashSet<&'static str>>,
    most: usize,
}

/// Longer names are not told apart: each is sent again with each scrape.
const LONGEST: usize = 96;

/// All names beyond those.
const OTHER: &str = "__other__";

impl Names {
    pub fn at_most(most: usize) -> Self {
        Self { known: RwLock::default(), most }
    }

    /// The name itself, if it is known.
    pub fn find(&self, name: &str) -> &'static str {
        self.known.read().unwrap_or_else(PoisonError::into_inner).get(name).copied().unwrap_or(OTHER)
    }

    /// The name itself, if it is known or can still be.
    pub fn know(&self, name: &str) -> &'static str {
        let known = self.find(name);
        if known != OTHER || name.len() > LONGEST {
            return known;
        }
        let mut all = self.known.write().unwrap_or_else(PoisonError::into_inner);
        match all.get(name) {
            Some(known) => known,
            None if all.len() >= self.most => OTHER,
            None => {
                // Kept as long as the process, since its series are.
                let kept: &'static str = Box::leak(name.into());
                all.insert(kept);
                kept
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_so_many_are_told_apart() {
        let names = Names::at_most(2);
        assert_eq!(["a", "b", "c", "a", "d"].map(|name| names.know(name)), ["a", "b", "__other__", "a", "__other__"]);
        assert_eq!(["a", "e"].map(|name| names.find(name)), ["a", "__other__"]);
    }

    #[test]
    fn long_names_are_not_told_apart() {
        let names = Names::at_most(2);
        assert_eq!(names.know(&"a".repeat(97)), "__other__");
        assert_eq!(names.know(&"a".repeat(96)), "a".repeat(96));
    }
}
