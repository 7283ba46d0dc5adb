//! SQL as far as revgraph must understand it: tokens, statements, and the few kinds of statement that
//! can't run where they stand. PostgreSQL itself is the authority on everything else.
//!
//! The only module that knows the lexer crate.

use std::ops::Range;

use squawk_lexer::{LiteralKind, TokenKind};

/// What a token is, as far as anything here asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lexeme {
    /// White space.
    Space,
    /// `-- …` up to the end of the line.
    LineComment,
    /// `/* … */`, nested.
    BlockComment,
    /// A keyword or an unquoted name.
    Word,
    /// A string of any spelling, dollar quotes included.
    Text,
    /// `"a name"`.
    QuotedName,
    /// `;`
    Semicolon,
    /// `(`
    Open,
    /// `)`
    Close,
    /// A backslash, which only psql's own commands have outside of literals.
    Backslash,
    /// Something that its end is missing from: a literal, a quoted name or a comment.
    Unterminated(&'static str),
    /// Numbers, operators and the rest.
    Other,
}

/// A lexeme and the bytes that it takes of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub lexeme: Lexeme,
    /// Where it is, in bytes.
    pub span: Range<usize>,
}

/// Takes `text` apart, from the byte offset `from` to its end. Together the tokens are the whole text.
pub fn tokens(text: &str, from: usize) -> impl Iterator<Item = Token> + '_ {
    let rest = text.get(from..).unwrap_or_default();
    let mut at = from;
    squawk_lexer::tokenize(rest).map(move |token| {
        let span = at..at + token.len as usize;
        at = span.end;
        Token { lexeme: lexeme(token.kind, text.get(span.clone()).unwrap_or_default()), span }
    })
}

fn lexeme(kind: TokenKind, text: &str) -> Lexeme {
    match kind {
        TokenKind::Whitespace => Lexeme::Space,
        TokenKind::LineComment => Lexeme::LineComment,
        TokenKind::BlockComment { terminated: true } => Lexeme::BlockComment,
        TokenKind::BlockComment { terminated: false } => Lexeme::Unterminated("comment"),
        TokenKind::Ident => Lexeme::Word,
        TokenKind::QuotedIdent { terminated: true, .. } => Lexeme::QuotedName,
        TokenKind::QuotedIdent { terminated: false, .. } => Lexeme::Unterminated("quoted name"),
        TokenKind::Literal { kind } => literal(kind),
        TokenKind::Semi => Lexeme::Semicolon,
        TokenKind::OpenParen => Lexeme::Open,
        TokenKind::CloseParen => Lexeme::Close,
        TokenKind::Unknown if text.starts_with('\\') => Lexeme::Backslash,
        _ => Lexeme::Other,
    }
}

fn literal(kind: LiteralKind) -> Lexeme {
    match kind {
        LiteralKind::Int { .. } | LiteralKind::Numeric { .. } => Lexeme::Other,
        LiteralKind::DollarQuotedString { terminated: false } => Lexeme::Unterminated("dollar-quoted string"),
        LiteralKind::Str { terminated }
        | LiteralKind::NationalStr { terminated }
        | LiteralKind::ByteStr { terminated }
        | LiteralKind::BitStr { terminated }
        | LiteralKind::DollarQuotedString { terminated }
        | LiteralKind::UnicodeEscStr { terminated }
        | LiteralKind::EscStr { terminated } => {
            if terminated {
                Lexeme::Text
            } else {
                Lexeme::Unterminated("string")
            }
        }
    }
}

/// A text that may be shown to others: `'…'` for each string, whatever its spelling, and nothing of its comments. It may
/// have been cut off anywhere.
pub fn without_literals(text: &str) -> String {
    let shown = |token: Token| match token.lexeme {
        Lexeme::LineComment | Lexeme::BlockComment | Lexeme::Unterminated("comment") => " ",
        Lexeme::Text | Lexeme::Unterminated("string" | "dollar-quoted string") => "'…'",
        _ => text.get(token.span).unwrap_or_default(),
    };
    tokens(text, 0).map(shown).collect()
}

/// One statement of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// Its bytes, from its first word to its last token, the semicolon not included.
    pub span: Range<usize>,
    /// What is to be known of it before it runs.
    pub kind: StatementKind,
}

/// The kinds of statement that matter to the runner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StatementKind {
    /// Anything that may run in a transaction.
    Ordinary,
    /// Begins or ends a transaction; holds the keyword.
    TransactionControl(&'static str),
    /// Changes a setting of the session, and nothing else.
    Setting,
    /// `COPY … FROM STDIN`, whose data only psql sends.
    CopyFromStdin,
    /// `COPY … TO STDOUT`, whose data nobody takes.
    CopyToStdout,
    /// Changes what the text's bytes mean, or how a transaction runs that has begun already; holds the statement's name.
    Misleading(&'static str),
    /// PostgreSQL refuses it inside a transaction block; holds the statement's name.
    NotInTransaction(&'static str),
}

/// How many leading words of a statement are kept to tell its kind: enough for
/// `ALTER TABLE IF EXISTS ONLY a.b DETACH PARTITION c.d CONCURRENTLY`.
const LEADING_WORDS: usize = 16;

/// The length of the longest keyword that [`kind_of`] asks for, in bytes.
const LONGEST_KEYWORD: usize = "CLIENT_ENCODING".len();

/// Groups tokens into statements by psql's rules: a semicolon ends one unless it stands in parentheses
/// (`CREATE RULE … DO (a; b)`) or in a `BEGIN ATOMIC … END` body.
/// See <https://www.postgresql.org/docs/current/app-psql.html>.
#[derive(Debug, Default)]
pub struct Splitter<'a> {
    words: Vec<&'a str>,
    previous_word: &'a str,
    span: Option<Range<usize>>,
    parentheses: usize,
    atomic: usize,
    copy: Option<StatementKind>,
}

impl<'a> Splitter<'a> {
    /// Takes the next token; returns the statement that it ends, if it ends one.
    pub fn push(&mut self, token: &Token, text: &'a str) -> Option<Statement> {
        match token.lexeme {
            Lexeme::Space | Lexeme::LineComment | Lexeme::BlockComment => return None,
            Lexeme::Semicolon if self.parentheses == 0 && self.atomic == 0 => return self.finish(),
            Lexeme::Open => self.parentheses += 1,
            Lexeme::Close => self.parentheses = self.parentheses.saturating_sub(1),
            // With its quotes, a name is no keyword: `CLUSTER "t"` names a table, as `CLUSTER t` does.
            Lexeme::Word | Lexeme::QuotedName => self.word(text.get(token.span.clone()).unwrap_or_default()),
            _ => {}
        }
        let start = self.span.as_ref().map_or(token.span.start, |span| span.start);
        self.span = Some(start..token.span.end);
        None
    }

    /// Whether a statement has begun and not ended.
    pub fn is_within(&self) -> bool {
        self.span.is_some()
    }

    /// Ends the text: returns the statement that had no semicolon, if there is one.
    pub fn finish(&mut self) -> Option<Statement> {
        let kind = self.copy.unwrap_or_else(|| kind_of(&self.words));
        let done = self.span.take().map(|span| Statement { span, kind });
        // The list of words keeps its room for the next statement.
        self.words.clear();
        *self = Splitter { words: std::mem::take(&mut self.words), ..Splitter::default() };
        done
    }

    fn word(&mut self, word: &'a str) {
        let is = |wanted: &str| word.eq_ignore_ascii_case(wanted);
        if self.atomic > 0 {
            match () {
                () if is("CASE") || is("BEGIN") => self.atomic += 1,
                () if is("END") => self.atomic -= 1,
                () => {}
            }
        } else if is("ATOMIC") && self.previous_word.eq_ignore_ascii_case("BEGIN") && self.defines_routine() {
            self.atomic = 1;
        }
        if is("STDIN") && self.previous_word.eq_ignore_ascii_case("FROM") && self.begins_with("COPY") {
            self.copy = Some(StatementKind::CopyFromStdin);
        }
        if is("STDOUT") && self.previous_word.eq_ignore_ascii_case("TO") && self.begins_with("COPY") {
            self.copy = Some(StatementKind::CopyToStdout);
        }
        if self.words.len() < LEADING_WORDS {
            self.words.push(word);
        }
        self.previous_word = word;
    }

    fn begins_with(&self, word: &str) -> bool {
        self.words.first().is_some_and(|first| first.eq_ignore_ascii_case(word))
    }

    fn defines_routine(&self) -> bool {
        let routine = |word: &&str| word.eq_ignore_ascii_case("FUNCTION") || word.eq_ignore_ascii_case("PROCEDURE");
        self.begins_with("CREATE") && self.words.iter().take(4).any(routine)
    }
}

/// Statements of a whole text.
pub fn statements(text: &str) -> Vec<Statement> {
    let mut splitter = Splitter::default();
    let mut found: Vec<Statement> = tokens(text, 0).filter_map(|token| splitter.push(&token, text)).collect();
    found.extend(splitter.finish());
    found
}

/// Tells a statement's kind from its leading words. The statements that refuse to run in a transaction
/// block are those that PostgreSQL's manual says so of, each on its own page.
fn kind_of(words: &[&str]) -> StatementKind {
    use StatementKind::{Misleading, NotInTransaction, Ordinary, Setting, TransactionControl};
    let mut letters = [[0; LONGEST_KEYWORD]; LEADING_WORDS];
    let mut capitals = [""; LEADING_WORDS];
    for ((word, letters), capital) in words.iter().zip(&mut letters).zip(&mut capitals) {
        *capital = in_capitals(word, letters);
    }
    match &capitals[..words.len().min(LEADING_WORDS)] {
        ["BEGIN", ..] => TransactionControl("BEGIN"),
        ["START", "TRANSACTION", ..] => TransactionControl("START TRANSACTION"),
        ["COMMIT", ..] => TransactionControl("COMMIT"),
        ["END", ..] => TransactionControl("END"),
        ["ABORT", ..] => TransactionControl("ABORT"),
        ["PREPARE", "TRANSACTION", ..] => TransactionControl("PREPARE TRANSACTION"),
        ["ROLLBACK", rest @ ..] if !goes_back_to_savepoint(rest) => TransactionControl("ROLLBACK"),
        ["SET", "NAMES", ..] => Misleading("SET NAMES"),
        ["SET", "CLIENT_ENCODING", ..] | ["SET", "SESSION" | "LOCAL", "CLIENT_ENCODING", ..] => {
            Misleading("SET client_encoding")
        }
        ["SET", "TRANSACTION", ..] | ["SET", "LOCAL", "TRANSACTION", ..] => Misleading("SET TRANSACTION"),
        ["SET", "LOCAL" | "CONSTRAINTS", ..] => Ordinary,
        ["SET" | "RESET", ..] => Setting,
        ["VACUUM", ..] => NotInTransaction("VACUUM"),
        ["CLUSTER"] | ["CLUSTER", "VERBOSE"] => NotInTransaction("CLUSTER of all tables"),
        ["ALTER", "SYSTEM", ..] => NotInTransaction("ALTER SYSTEM"),
        ["CREATE", "DATABASE", ..] => NotInTransaction("CREATE DATABASE"),
        ["DROP", "DATABASE", ..] => NotInTransaction("DROP DATABASE"),
        ["CREATE", "TABLESPACE", ..] => NotInTransaction("CREATE TABLESPACE"),
        ["DROP", "TABLESPACE", ..] => NotInTransaction("DROP TABLESPACE"),
        ["ALTER", "DATABASE", rest @ ..] if follows(rest, "SET", "TABLESPACE") => {
            NotInTransaction("ALTER DATABASE … SET TABLESPACE")
        }
        ["DISCARD", "ALL"] => NotInTransaction("DISCARD ALL"),
        ["CREATE", "INDEX", "CONCURRENTLY", ..] | ["CREATE", "UNIQUE", "INDEX", "CONCURRENTLY", ..] => {
            NotInTransaction("CREATE INDEX CONCURRENTLY")
        }
        ["DROP", "INDEX", "CONCURRENTLY", ..] => NotInTransaction("DROP INDEX CONCURRENTLY"),
        ["REINDEX", rest @ ..] => reindex(rest),
        ["ALTER", "TABLE", rest @ ..]
            if follows(rest, "DETACH", "PARTITION") && rest.last() == Some(&"CONCURRENTLY") =>
        {
            NotInTransaction("DETACH PARTITION CONCURRENTLY")
        }
        _ => Ordinary,
    }
}

/// A word in capitals, made in `letters` because there are very many of them; something else than a keyword where it
/// is longer than any.
fn in_capitals<'a>(word: &str, letters: &'a mut [u8; LONGEST_KEYWORD]) -> &'a str {
    let Some(letters) = letters.get_mut(..word.len()) else { return "" };
    letters.copy_from_slice(word.as_bytes());
    letters.make_ascii_uppercase();
    std::str::from_utf8(letters).unwrap_or_default()
}

/// `ROLLBACK [WORK | TRANSACTION] TO …` stays inside the transaction.
fn goes_back_to_savepoint(after_rollback: &[&str]) -> bool {
    matches!(after_rollback, ["TO", ..] | ["WORK" | "TRANSACTION", "TO", ..])
}

fn follows(words: &[&str], first: &str, second: &str) -> bool {
    words.windows(2).any(|pair| pair == [first, second])
}

fn reindex(after_reindex: &[&str]) -> StatementKind {
    if after_reindex.contains(&"CONCURRENTLY") {
        return StatementKind::NotInTransaction("REINDEX CONCURRENTLY");
    }
    let whole = |word: &&str| matches!(*word, "DATABASE" | "SYSTEM" | "SCHEMA");
    // Words of the option list, such as VERBOSE, come before the kind of object.
    match after_reindex.iter().find(|word| !matches!(**word, "VERBOSE" | "TABLESPACE")) {
        Some(word) if whole(word) => StatementKind::NotInTransaction("REINDEX of a schema or database"),
        _ => StatementKind::Ordinary,
    }
}

/// Whether two texts have the same tokens, comments and white space apart. Words are compared to the
/// letter: case is part of what a person changed.
pub fn same_but_for_comments(one: &str, other: &str) -> bool {
    significant(one).eq(significant(other))
}

fn significant(text: &str) -> impl Iterator<Item = &str> {
    tokens(text, 0)
        .filter(|token| !matches!(token.lexeme, Lexeme::Space | Lexeme::LineComment | Lexeme::BlockComment))
        .filter_map(move |token| text.get(token.span))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &str) -> Vec<&str> {
        statements(text).into_iter().map(|statement| &text[statement.span]).collect()
    }

    fn kind(text: &str) -> StatementKind {
        let found = statements(text);
        assert_eq!(found.len(), 1, "{text}");
        found[0].kind
    }

    #[test]
    fn semicolons_inside_things_do_not_split() {
        let text = "SELECT ';', $a$;$$;$a$, E'\\';' /* ; /* ; */ */ -- ;\n, \"a;b\";SELECT 2";
        assert_eq!(split(text), [text.split(";SELECT 2").next().unwrap(), "SELECT 2"]);
    }

    #[test]
    fn a_rule_is_one_statement() {
        assert_eq!(split("CREATE RULE r AS ON INSERT TO t DO (SELECT 1; SELECT 2); SELECT 3").len(), 2);
    }

    #[test]
    fn an_atomic_body_is_one_statement() {
        let text = "CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC \
                    SELECT CASE WHEN true THEN 1 END; SELECT 2; END; SELECT 3;";
        assert_eq!(split(text).len(), 2);
        assert_eq!(split("BEGIN; SELECT 1; END").len(), 3);
    }

    #[test]
    fn spans_leave_out_comments_around() {
        assert_eq!(split("-- a\n SELECT 1 -- b\n ; -- c\n ;; /* d */"), ["SELECT 1"]);
    }

    #[test]
    fn transaction_control_is_known() {
        for text in
            ["begin", "START TRANSACTION", "commit and chain", "END", "abort", "Rollback", "ROLLBACK PREPARED 'x'"]
        {
            assert!(matches!(kind(text), StatementKind::TransactionControl(_)), "{text}");
        }
        for text in ["SAVEPOINT a", "ROLLBACK TO a", "rollback work to savepoint a", "RELEASE a", "SELECT 1 AS begin"] {
            assert_eq!(kind(text), StatementKind::Ordinary, "{text}");
        }
    }

    #[test]
    fn what_refuses_a_transaction_is_known() {
        for text in [
            "VACUUM (ANALYZE) t",
            "CLUSTER",
            "ALTER SYSTEM SET a = 1",
            "create database d",
            "ALTER DATABASE d SET TABLESPACE t",
            "DISCARD ALL",
            "create unique index concurrently if not exists i on t (a)",
            "DROP INDEX CONCURRENTLY i",
            "REINDEX (VERBOSE) TABLE CONCURRENTLY t",
            "REINDEX (CONCURRENTLY) INDEX i",
            "REINDEX (VERBOSE) DATABASE d",
            "ALTER TABLE IF EXISTS ONLY a.b DETACH PARTITION c.d CONCURRENTLY",
        ] {
            assert!(matches!(kind(text), StatementKind::NotInTransaction(_)), "{text}");
        }
        for text in [
            "CLUSTER t USING i",
            "CLUSTER VERBOSE \"T\"",
            "REINDEX TABLE \"concurrently\"",
            "ALTER DATABASE d SET work_mem = '1MB'",
            "CREATE INDEX i ON t (a)",
            "REINDEX TABLE t",
            "REFRESH MATERIALIZED VIEW CONCURRENTLY v",
            "ALTER TYPE e ADD VALUE 'x'",
            "ALTER TABLE a DETACH PARTITION b",
        ] {
            assert_eq!(kind(text), StatementKind::Ordinary, "{text}");
        }
    }

    #[test]
    fn only_stdin_copies_are_psql_matter() {
        assert_eq!(kind("COPY t (a, b) FROM stdin WITH (FORMAT csv)"), StatementKind::CopyFromStdin);
        assert_eq!(kind("COPY t FROM '/tmp/x'"), StatementKind::Ordinary);
        assert_eq!(kind("copy (select 1) to stdout"), StatementKind::CopyToStdout);
        assert_eq!(kind("COPY t TO '/tmp/x'"), StatementKind::Ordinary);
    }

    #[test]
    fn comments_do_not_count_as_change() {
        assert!(same_but_for_comments("SELECT 1 -- one", "  SELECT\n1 /* eins */"));
        assert!(!same_but_for_comments("SELECT 'a  b'", "SELECT 'a b'"));
    }

    proptest::proptest! {
        #[test]
        fn tokens_cover_any_text(text in "\\PC*") {
            let mut end = 0;
            for token in tokens(&text, 0) {
                proptest::prop_assert_eq!(token.span.start, end);
                end = token.span.end;
            }
            proptest::prop_assert_eq!(end, text.len());
        }
    }
}
