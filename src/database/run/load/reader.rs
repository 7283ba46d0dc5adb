//! The source's side of a load: its rows, cut into chunks.

use std::sync::mpsc::SyncSender;

use super::query::{Query, Refused};
use crate::database::Client;
use crate::database::copy::{self, Next};

/// So many rows are a chunk, and with a key a transaction: a commit costs next to nothing beside them, and no more than
/// these are done again after a crash.
const CHUNK_ROWS: u64 = 50_000;

/// So many bytes end one as well, where rows are large.
const CHUNK_BYTES: usize = 64 << 20;

/// So many bytes, and a row, go from thread to thread at once.
const PIECE: usize = 64 << 10;

/// What the reader hands on.
#[derive(Debug)]
pub(super) enum Piece {
    /// Whole rows in the binary format, nothing around them.
    Rows {
        /// Their bytes.
        data: Vec<u8>,
        /// How many they are.
        rows: u64,
    },
    /// A chunk ends, and another one comes. Up to this position, for a load by key.
    Cut(Option<String>),
}

/// Reads all rows and sends them on. Gives their number; where nobody takes them any more, of those that were read.
pub(super) fn read(client: &mut Client, query: &Query<'_>, sender: &SyncSender<Piece>) -> Result<u64, Refused> {
    let (sql, before) = query.copy_out();
    let refused = |error| query.load().source_refused(error, before);
    let mut copy = client.copy_out(&sql).map_err(refused)?;
    let mut cutter = Cutter::new(query, sender);
    let mut raw = Vec::new();
    let mut comes_more = true;
    while comes_more {
        let enough = raw.len() + PIECE;
        comes_more = copy.read(&mut raw, enough).map_err(refused)?;
        match cutter.take(&raw) {
            Ok(used) => drop(raw.drain(..used)),
            Err(End::Refused(refused)) => return Err(*refused),
            Err(End::NobodyListens) => return Ok(cutter.rows),
        }
    }
    // The last piece stays where it is until it is certain that nothing is missing behind it.
    if !cutter.has_ended || !raw.is_empty() {
        return Err(cutter.malformed());
    }
    drop(copy);
    query.load().end(client)?;
    // If nobody listens, somebody knows why.
    let _ = cutter.send();
    Ok(cutter.rows)
}

/// Why the reader stops before the end.
enum End {
    Refused(Box<Refused>),
    NobodyListens,
}

impl From<Refused> for End {
    fn from(refused: Refused) -> End {
        End::Refused(Box::new(refused))
    }
}

/// Cuts rows into chunks, and those into pieces.
struct Cutter<'q, 's> {
    query: &'q Query<'q>,
    sender: &'s SyncSender<Piece>,
    has_header: bool,
    has_ended: bool,
    /// All rows so far.
    rows: u64,
    /// Of the chunk so far.
    chunk_rows: u64,
    chunk_bytes: usize,
    /// What has not been sent on.
    data: Vec<u8>,
    data_rows: u64,
    /// The bytes of the last row's key.
    last_key: Vec<u8>,
}

impl<'q, 's> Cutter<'q, 's> {
    fn new(query: &'q Query<'q>, sender: &'s SyncSender<Piece>) -> Cutter<'q, 's> {
        Cutter {
            query,
            sender,
            has_header: false,
            has_ended: false,
            rows: 0,
            chunk_rows: 0,
            chunk_bytes: 0,
            data: Vec::with_capacity(PIECE),
            data_rows: 0,
            last_key: Vec::new(),
        }
    }

    /// Takes what is whole of what came, and gives how many bytes that is.
    fn take(&mut self, raw: &[u8]) -> Result<usize, End> {
        let mut used = 0;
        if !self.has_header {
            let Some(length) = copy::header(raw).map_err(|copy::NotBinary| self.malformed())? else { return Ok(0) };
            (self.has_header, used) = (true, length);
        }
        let key = self.query.key();
        while !self.has_ended {
            let rest = raw.get(used..).unwrap_or_default();
            match copy::next(rest, key.map(|(column, _)| column)) {
                Next::Row { length, key: found } => {
                    let row = rest.get(..length).unwrap_or_default();
                    self.row(row, found.and_then(|found| row.get(found)))?;
                    used += length;
                }
                Next::End => {
                    self.has_ended = true;
                    used += copy::TRAILER.len();
                }
                Next::Incomplete => break,
                Next::Malformed => return Err(self.malformed().into()),
            }
        }
        if self.data.len() >= PIECE {
            self.send()?;
        }
        Ok(used)
    }

    /// A row behind those that came. Only now is it known that the chunk before it is over, and that no other row has the
    /// same key.
    fn row(&mut self, row: &[u8], key: Option<&[u8]>) -> Result<(), End> {
        if self.query.key().is_some() {
            let Some(key) = key else { return Err(self.query.null_key().into()) };
            if self.rows > 0 && *key == *self.last_key {
                return Err(self.query.key_twice(&self.last_key_text()?).into());
            }
        }
        if self.chunk_rows >= CHUNK_ROWS || self.chunk_bytes >= CHUNK_BYTES {
            self.end_chunk()?;
        }
        if let Some(key) = key {
            self.last_key.clear();
            self.last_key.extend_from_slice(key);
        }
        self.data.extend_from_slice(row);
        (self.data_rows, self.chunk_rows, self.rows) = (self.data_rows + 1, self.chunk_rows + 1, self.rows + 1);
        self.chunk_bytes += row.len();
        Ok(())
    }

    fn end_chunk(&mut self) -> Result<(), End> {
        self.send()?;
        let position = match self.query.key() {
            Some(_) => Some(self.query.load().position(&self.last_key_text()?)),
            None => None,
        };
        (self.chunk_rows, self.chunk_bytes) = (0, 0);
        self.sender.send(Piece::Cut(position)).map_err(|_| End::NobodyListens)
    }

    fn send(&mut self) -> Result<(), End> {
        if self.data_rows == 0 {
            return Ok(());
        }
        let data = std::mem::replace(&mut self.data, Vec::with_capacity(PIECE));
        let rows = std::mem::take(&mut self.data_rows);
        self.sender.send(Piece::Rows { data, rows }).map_err(|_| End::NobodyListens)
    }

    fn last_key_text(&self) -> Result<String, Refused> {
        let text = self.query.key().and_then(|(_, kind)| kind.text(&self.last_key));
        text.ok_or_else(|| self.malformed())
    }

    fn malformed(&self) -> Refused {
        let source = self.query.load().source();
        self.query
            .load()
            .wrong(format!("what the source {source:?} sends is not PostgreSQL's binary COPY format"), None)
    }
}
