//! `downgrade`: undo revisions until a target is the newest.

use crate::error::Error;
use crate::graph::{Direction, Target};
use crate::operation::deploy::{Deployed, Deployment};

impl Deployment<'_> {
    /// Undoes what stands above the target. Nothing to do is no error.
    pub fn downgrade(&mut self, target: &Target) -> Result<Deployed, Error> {
        self.deploy(Direction::Down, std::slice::from_ref(target))
    }
}
