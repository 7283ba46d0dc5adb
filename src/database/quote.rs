//! Names and literals as SQL. Every name and every value that goes into a statement's text passes here.

use postgres_protocol::escape;

use crate::revision::statement::ObjectName;

/// A name, quoted: `my "table"` becomes `"my ""table"""`.
pub fn identifier(name: &str) -> String {
    escape::escape_identifier(name)
}

/// The name of an object, with its schema if it has one.
pub fn object(name: &ObjectName) -> String {
    let schema = name.schema.as_deref().map(|schema| identifier(schema) + ".");
    schema.unwrap_or_default() + &identifier(&name.name)
}

/// A text as a literal, whatever it holds.
pub fn literal(text: &str) -> String {
    escape::escape_literal(text)
}

/// A list of texts as a literal of type `text[]`.
pub fn text_array<T: AsRef<str>>(items: &[T]) -> String {
    if items.is_empty() {
        return "'{}'".to_owned();
    }
    let element = |item: &T| format!("\"{}\"", item.as_ref().replace('\\', "\\\\").replace('"', "\\\""));
    literal(&format!("{{{}}}", items.iter().map(element).collect::<Vec<_>>().join(",")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoting_is_safe() {
        assert_eq!(identifier("a\"b"), "\"a\"\"b\"");
        assert_eq!(literal("it's"), "'it''s'");
        assert_eq!(literal("a\\'b"), " E'a\\\\''b'");
        assert_eq!(text_array::<&str>(&[]), "'{}'");
        assert_eq!(text_array(&["a", "b\"c"]), " E'{\"a\",\"b\\\\\"c\"}'");
    }
}
