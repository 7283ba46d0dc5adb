//! What `pg_dump --clean` wrote, taken apart: what drops everything, then one entry an object.

use crate::revision::sql::{Lexeme, Splitter, tokens};

/// A dump's statements.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Dump<'a> {
    /// What stands before the first entry: settings, and what drops each object, in reverse order.
    pub before: Vec<&'a str>,
    /// The objects, in an order in which they can be made.
    pub entries: Vec<Entry<'a>>,
}

/// One entry of a dump's table of contents.
#[derive(Debug, PartialEq, Eq)]
pub struct Entry<'a> {
    /// What pg_dump calls its type: `TABLE`, `FK CONSTRAINT`, `TABLE DATA`.
    pub kind: &'a str,
    /// Its statements, without semicolons.
    pub statements: Vec<&'a str>,
}

impl<'a> Dump<'a> {
    /// Takes a dump apart. The comment before each entry counts only where a statement could begin, so no text inside
    /// of a literal or a body can be taken for one; psql's own commands (`\restrict`) are passed over in the same places.
    pub fn parse(text: &'a str) -> Dump<'a> {
        let mut dump = Dump::default();
        let mut splitter = Splitter::default();
        let mut next = Some(0);
        while let Some(from) = next.take() {
            for token in tokens(text, from) {
                match token.lexeme {
                    Lexeme::LineComment if !splitter.is_within() => dump.begin(&text[token.span.clone()]),
                    Lexeme::Backslash if !splitter.is_within() => {
                        // What a command says is no SQL: a quote in it would swallow what follows.
                        next = text[token.span.start..].find('\n').map(|length| token.span.start + length);
                        break;
                    }
                    _ => {}
                }
                if let Some(statement) = splitter.push(&token, text) {
                    dump.push(&text[statement.span]);
                }
            }
        }
        if let Some(statement) = splitter.finish() {
            dump.push(&text[statement.span]);
        }
        dump
    }

    /// Begins an entry, if the comment is the head of one:
    /// `-- Name: users; Type: TABLE; Schema: public; Owner: app`.
    fn begin(&mut self, comment: &'a str) {
        let is_head = comment.starts_with("-- Name: ") || comment.starts_with("-- Data for Name: ");
        // A name may hold anything, so it is what follows it that is looked for from behind.
        if let Some((_, rest)) = comment.rsplit_once("; Type: ").filter(|_| is_head) {
            let kind = rest.split_once("; ").map_or(rest, |(kind, _)| kind);
            self.entries.push(Entry { kind, statements: Vec::new() });
        }
    }

    fn push(&mut self, statement: &'a str) {
        match self.entries.last_mut() {
            Some(entry) => entry.statements.push(statement),
            None => self.before.push(statement),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_stands_between_statements_begins_an_entry() {
        let text = "\\restrict abc'def\nSET a = 1;\nDROP TABLE t;\n--\n-- Name: t; Type: TABLE; Schema: public; Owner: x\n--\n\n\
                    CREATE TABLE t (\n-- Name: no; Type: NO; Schema: -; Owner: -\n a text DEFAULT 'x\n\\restrict\n\
                    -- Name: no; Type: NO; Schema: -; Owner: -\n');\n\nALTER TABLE t OWNER TO x;\n\
                    -- Data for Name: a; Type: b; Type: TABLE DATA; Schema: public; Owner: x; Tablespace: y\n\
                    INSERT INTO t VALUES ('1;2');\n\\unrestrict abc\n";
        let dump = Dump::parse(text);
        assert_eq!(dump.before, ["SET a = 1", "DROP TABLE t"]);
        let kinds: Vec<&str> = dump.entries.iter().map(|entry| entry.kind).collect();
        assert_eq!(kinds, ["TABLE", "TABLE DATA"]);
        assert_eq!(dump.entries[0].statements.len(), 2);
        assert_eq!(dump.entries[1].statements, ["INSERT INTO t VALUES ('1;2')"]);
    }
}
