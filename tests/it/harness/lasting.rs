//! What of a text is the same in each run.

use super::Database;

/// A text without its database's name and port, and without the times in names of files: `20261121T022435Z` is `TIME`.
pub fn lasting(text: &str, database: &Database) -> String {
    let text = text.replace(&database.server().port().to_string(), "PORT").replace(database.name(), "NAME");
    let words = text.split_inclusive([' ', '\'', '"', '/', '\n']).map(|word| {
        let is_date = word.len() > 16 && word.as_bytes()[8] == b'T' && word[..8].bytes().all(|c| c.is_ascii_digit());
        if is_date { format!("TIME{}", &word[16..]) } else { word.to_owned() }
    });
    words.collect()
}
