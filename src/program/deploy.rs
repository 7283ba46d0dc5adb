//! Where a deployment is to lead, and how it behaves.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::event::Event;
use crate::error::Error;
use crate::graph::{GraphError, Target};
use crate::operation::deploy::{DeployOptions, Wishes};
use crate::project::Config;

/// Who is told what a deployment does, as it does it.
pub(super) type OnEvent = Arc<dyn Fn(&Event<'_>) + Send + Sync>;

/// Where a deployment is to lead, and how it behaves where it is to be otherwise than the project's settings say.
///
/// A target alone is enough: `project.upgrade(&mut client, "heads")`. Targets are those of the command line: `heads`, `head`,
/// `base`, `current`, an id or a unique prefix of one, a label, `label@head`, `+2`, `-1`, `id+1`.
///
/// ```
/// use std::time::Duration;
/// use revgraph::Deploy;
///
/// let deploy = Deploy::to("heads")
///     .lock_wait(Duration::from_secs(10))
///     .on_event(|event| eprintln!("{event}"));
/// ```
#[derive(Clone)]
#[must_use = "it says what is to be done, and does nothing"]
pub struct Deploy {
    targets: Vec<String>,
    wishes: Wishes,
    phrases: Vec<String>,
    may_lose: bool,
    on_event: Option<OnEvent>,
}

impl Deploy {
    /// Leads to a target.
    pub fn to(target: impl Into<String>) -> Deploy {
        Deploy {
            targets: vec![target.into()],
            wishes: Wishes::default(),
            phrases: Vec::new(),
            may_lose: false,
            on_event: None,
        }
    }

    /// Leads to this target as well. A downgrade has one alone.
    pub fn and_to(mut self, target: impl Into<String>) -> Deploy {
        self.targets.push(target.into());
        self
    }

    /// How long to wait for another deployer, such as another instance of the same service: 60 s unless the settings say
    /// otherwise. Then the error's kind is `locked`.
    pub fn lock_wait(mut self, time: Duration) -> Deploy {
        self.wishes.lock_wait = Some(time);
        self
    }

    /// How long a statement waits for a lock on a table, before its revision gives way and is run again: 5 s unless the
    /// settings say otherwise. Zero: for ever.
    pub fn lock_timeout(mut self, time: Duration) -> Deploy {
        self.wishes.lock_timeout = Some(time);
        self
    }

    /// How long a statement may run: as long as the server allows, unless the settings say otherwise.
    pub fn statement_timeout(mut self, time: Duration) -> Deploy {
        self.wishes.statement_timeout = Some(time);
        self
    }

    /// How often a revision is run again that did not get a lock: 3 times unless the settings say otherwise.
    pub fn retries(mut self, number: u32) -> Deploy {
        self.wishes.retries = Some(number);
        self
    }

    /// Gives a phrase that the header of a revision asks for (`confirm:`), again for several. Without it the error's kind
    /// is `not_confirmed`.
    pub fn confirm(mut self, phrase: impl Into<String>) -> Deploy {
        self.phrases.push(phrase.into());
        self
    }

    /// Allows a downgrade to lose rows: without it, one that would is refused before it begins, and the error's kind is
    /// `would_lose`. An upgrade only tells of it ([`Event::Losing`]): its author has meant it.
    pub fn losing_data(self) -> Deploy {
        Deploy { may_lose: true, ..self }
    }

    /// Has this called with all that happens, as it happens: to log it, or to show how far it is. It is called on the
    /// thread that the deployment runs on, which waits for it.
    pub fn on_event(self, tell: impl Fn(&Event<'_>) + Send + Sync + 'static) -> Deploy {
        Deploy { on_event: Some(Arc::new(tell)), ..self }
    }

    /// The targets, understood.
    pub(super) fn targets(&self) -> Result<Vec<Target>, Error> {
        Ok(self.targets.iter().map(|text| text.parse()).collect::<Result<Vec<Target>, GraphError>>()?)
    }

    /// The project's settings, with what is said here over them.
    pub(super) fn options(&self, config: &Config) -> DeployOptions {
        self.wishes.over(config)
    }

    /// Whether that phrase was given.
    pub(super) fn confirms(&self, phrase: &str) -> bool {
        self.phrases.iter().any(|given| given == phrase)
    }

    /// Whether rows may be lost on the way down.
    pub(super) fn may_lose(&self) -> bool {
        self.may_lose
    }

    /// Tells of something, if somebody wants to know.
    pub(super) fn tell(&self, event: &Event<'_>) {
        if let Some(tell) = &self.on_event {
            tell(event);
        }
    }
}

impl From<&str> for Deploy {
    fn from(target: &str) -> Deploy {
        Deploy::to(target)
    }
}

impl From<String> for Deploy {
    fn from(target: String) -> Deploy {
        Deploy::to(target)
    }
}

impl From<&String> for Deploy {
    fn from(target: &String) -> Deploy {
        Deploy::to(target)
    }
}

impl fmt::Debug for Deploy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Everything but what can't be shown.
        f.debug_struct("Deploy")
            .field("targets", &self.targets)
            .field("wishes", &self.wishes)
            .field("phrases", &self.phrases)
            .field("may_lose", &self.may_lose)
            .finish_non_exhaustive()
    }
}
