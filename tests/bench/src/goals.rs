//! Numbers beside those to reach.

/// The numbers, to be printed together at the end.
#[derive(Default)]
pub struct Goals(Vec<(String, f64, f64, bool)>);

impl Goals {
    /// Takes down a number that should be at most so much.
    pub fn at_most(&mut self, what: &str, value: f64, limit: f64) {
        self.0.push((what.to_owned(), value, limit, true));
    }

    /// Takes down a number that should be at least so much.
    pub fn at_least(&mut self, what: &str, value: f64, limit: f64) {
        self.0.push((what.to_owned(), value, limit, false));
    }

    /// Prints each with its goal and whether it is met; time asserts nothing.
    pub fn print(&self) {
        println!("\ngoals\n");
        for (what, value, limit, at_most) in &self.0 {
            let (sign, met) = match at_most {
                true => ("<=", value <= limit),
                false => (">=", value >= limit),
            };
            let mark = if met { "met" } else { "NOT MET" };
            println!("{what:<44} {value:>9.2} {sign} {limit:<7} {mark}");
        }
    }
}
