//! `upgrade`: bring a database to one or several targets.

use crate::error::Error;
use crate::graph::{Direction, Target};
use crate::operation::deploy::{Deployed, Deployment};

impl Deployment<'_> {
    /// Runs what the targets need and the database lacks. Nothing to do is no error.
    pub fn upgrade(&mut self, targets: &[Target]) -> Result<Deployed, Error> {
        self.deploy(Direction::Up, targets)
    }
}
