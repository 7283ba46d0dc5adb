//! A program's connection at work for a deployment: that runs on a thread of its own and sends its messages here, where
//! they are run on the connection. So one synchronous core serves both drivers, on whatever the program runs its futures.

use std::future::poll_fn;
use std::panic::resume_unwind;
use std::pin::{Pin, pin};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::task::{Context, Waker};
use std::thread;

use futures_core::Stream;
use postgres::SimpleQueryMessage;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio_postgres::SimpleQueryStream;

use super::job::{Job, no_thread};
use crate::database::{Backend, Lender, MessageError};
use crate::error::Error;
use crate::project::Project;

type Answer = Result<Vec<SimpleQueryMessage>, MessageError>;

/// What a deployment asks of whoever has the connection.
enum Ask {
    /// To run a message.
    Message(String),
    /// To run this should the deployment be left alone.
    LeaveBehind(Option<String>),
}

/// The deployment's end.
struct Far {
    asks: UnboundedSender<Ask>,
    answers: Receiver<Answer>,
}

impl Lender for Far {
    fn message(&mut self, text: String) -> Option<Answer> {
        self.asks.send(Ask::Message(text)).ok()?;
        self.answers.recv().ok()
    }

    fn leave_behind(&mut self, text: Option<String>) -> Option<()> {
        self.asks.send(Ask::LeaveBehind(text)).ok()
    }
}

/// The name of the thread that a deployment runs on.
const THREAD: &str = "revgraph";

/// Does a job on a connection of `postgres`.
pub(super) fn lend<T: Send>(project: &Project, client: &mut postgres::Client, job: Job<T>) -> Result<T, Error> {
    let (asks, mut asked) = unbounded_channel();
    let (answer, answers) = channel();
    let far = Box::new(Far { asks, answers });
    // Both ends are the closure's, and gone before the scope waits for its thread: should the driver panic here, as it does
    // within an executor, the thread must not wait for answers.
    thread::scope(move |scope| {
        // The driver keeps to itself which process of the server it was promised.
        let work = move || job.on_loan(project, far, Backend::Assumed);
        let worker = thread::Builder::new().name(THREAD.to_owned()).spawn_scoped(scope, work);
        let worker = worker.map_err(|error| no_thread(&error))?;
        let mut will = None;
        while let Some(ask) = asked.blocking_recv() {
            match ask {
                Ask::Message(text) => {
                    let run = client.simple_query(&text);
                    // Somebody who panics has stopped to listen.
                    let _ = answer.send(run.map_err(|error| MessageError { done: None, error: error.into() }));
                }
                Ask::LeaveBehind(text) => will = text,
            }
        }
        worker.join().unwrap_or_else(|panic| {
            if let Some(text) = will {
                // The panic is what counts.
                let _ = client.batch_execute(&text);
            }
            resume_unwind(panic)
        })
    })
}

/// Does a job on a connection of `tokio-postgres`. Whoever drops the future leaves the connection as it was before, once
/// the message is done that the server is at.
pub(super) async fn lend_async<T: Send + 'static>(
    project: Project,
    client: &mut tokio_postgres::Client,
    job: Job<T>,
) -> Result<T, Error> {
    let (asks, mut asked) = unbounded_channel();
    let (answer, answers) = channel();
    let backend = Backend::of(&client.cancel_token());
    let far = Box::new(Far { asks, answers });
    let work = move || job.on_loan(&project, far, backend);
    let worker = thread::Builder::new().name(THREAD.to_owned()).spawn(work).map_err(|error| no_thread(&error))?;
    let mut will = Will { client, text: None };
    while let Some(ask) = asked.recv().await {
        match ask {
            Ask::Message(text) => send(&answer, run(will.client, &text).await),
            Ask::LeaveBehind(text) => will.text = text,
        }
    }
    drop(will);
    // It has let the channel go, and so is about to end.
    worker.join().unwrap_or_else(|panic| resume_unwind(panic))
}

/// Answers, unless nobody listens any more.
fn send(answer: &Sender<Answer>, ran: Answer) {
    let _ = answer.send(ran);
}

/// Runs a message, and counts what was done of it.
async fn run(client: &tokio_postgres::Client, text: &str) -> Answer {
    let failed = |done: usize, error: postgres::Error| MessageError { done: Some(done), error: error.into() };
    let mut results = Vec::new();
    let mut done = 0;
    let stream = client.simple_query_raw(text).await.map_err(|error| failed(0, error))?;
    let mut stream = pin!(stream);
    while let Some(result) = next(stream.as_mut()).await {
        let result = result.map_err(|error| failed(done, error))?;
        done += usize::from(matches!(result, SimpleQueryMessage::CommandComplete(_)));
        results.push(result);
    }
    Ok(results)
}

async fn next(mut stream: Pin<&mut SimpleQueryStream>) -> Option<Result<SimpleQueryMessage, postgres::Error>> {
    poll_fn(|context| stream.as_mut().poll_next(context)).await
}

/// What is still to run on a connection, however its loan ends.
struct Will<'c> {
    client: &'c tokio_postgres::Client,
    text: Option<String>,
}

impl Drop for Will<'_> {
    /// Sends it behind whatever is under way. The driver sends a message when it is first asked for its answer, and reads
    /// answers that nobody waits for.
    fn drop(&mut self) {
        let Some(text) = self.text.take() else { return };
        let mut sending = pin!(self.client.batch_execute(&text));
        // Whatever comes of it, there is nobody to tell.
        let _ = sending.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    }
}
