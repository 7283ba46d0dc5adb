//! PostgreSQL's binary COPY format, as far as rows must be told from each other.
//! <https://www.postgresql.org/docs/current/sql-copy.html#id-1.9.3.55.9.4>

use std::ops::Range;

/// What data begin with.
const SIGNATURE: &[u8] = b"PGCOPY\n\xff\r\n\0";

/// All that stands before the first row: the signature, no flags, no extension.
pub const HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";

/// What stands behind the last row.
pub const TRAILER: [u8; 2] = (-1_i16).to_be_bytes();

/// What comes next in data.
#[derive(Debug, PartialEq, Eq)]
pub enum Next {
    /// A row.
    Row {
        /// Its bytes.
        length: usize,
        /// Those of them that are the key's value; none for a null, or where no key is asked for.
        key: Option<Range<usize>>,
    },
    /// There is no further row.
    End,
    /// Nothing that is whole yet.
    Incomplete,
    /// Something that isn't of this format.
    Malformed,
}

/// Data are not of this format.
#[derive(Debug, PartialEq, Eq)]
pub struct NotBinary;

/// How many bytes stand before the first row; none while they aren't all there.
pub fn header(data: &[u8]) -> Result<Option<usize>, NotBinary> {
    let known = data.len().min(SIGNATURE.len());
    if data[..known] != SIGNATURE[..known] {
        return Err(NotBinary);
    }
    let extension_at = SIGNATURE.len() + size_of::<u32>();
    let Some(extension) = number(data, extension_at) else { return Ok(None) };
    let length = extension_at + size_of::<u32>() + usize::try_from(extension).map_err(|_| NotBinary)?;
    Ok((data.len() >= length).then_some(length))
}

/// Reads what data begin with, behind the header. `key` is the number of the column whose bytes are wanted.
pub fn next(data: &[u8], key: Option<usize>) -> Next {
    let Some((count, mut rest)) = data.split_first_chunk() else { return Next::Incomplete };
    let fields = match i16::from_be_bytes(*count) {
        -1 => return Next::End,
        count => match usize::try_from(count) {
            Ok(fields) => fields,
            Err(_) => return Next::Malformed,
        },
    };
    let mut found = None;
    for field in 0..fields {
        let Some((length, values)) = rest.split_first_chunk() else { return Next::Incomplete };
        let length = match i32::from_be_bytes(*length) {
            -1 => None,
            length => match usize::try_from(length) {
                Ok(length) => Some(length),
                Err(_) => return Next::Malformed,
            },
        };
        let Some(behind) = values.get(length.unwrap_or_default()..) else { return Next::Incomplete };
        if key == Some(field) {
            let start = data.len() - values.len();
            found = length.map(|length| start..start + length);
        }
        rest = behind;
    }
    Next::Row { length: data.len() - rest.len(), key: found }
}

fn number(data: &[u8], at: usize) -> Option<i32> {
    data.get(at..)?.first_chunk().map(|bytes| i32::from_be_bytes(*bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(fields: &[Option<&[u8]>]) -> Vec<u8> {
        let mut row = i16::try_from(fields.len()).unwrap().to_be_bytes().to_vec();
        for field in fields {
            let length = field.map_or(-1, |field| i32::try_from(field.len()).unwrap());
            row.extend(length.to_be_bytes());
            row.extend(field.unwrap_or_default());
        }
        row
    }

    #[test]
    fn a_header_may_have_an_extension() {
        assert_eq!(header(HEADER), Ok(Some(19)));
        assert_eq!(header(&HEADER[..18]), Ok(None));
        assert_eq!(header(b"PGC"), Ok(None));
        assert_eq!(header(b"id\tname\n"), Err(NotBinary));
        let extended = [SIGNATURE, &[0; 4], &[0, 0, 0, 3], b"abc", &row(&[])].concat();
        assert_eq!(header(&extended), Ok(Some(22)));
    }

    #[test]
    fn rows_are_told_from_each_other() {
        let data = [row(&[Some(b"ab"), None, Some(b"")]), row(&[Some(b"c")]), TRAILER.to_vec()].concat();
        assert_eq!(next(&data, Some(0)), Next::Row { length: 16, key: Some(6..8) });
        assert_eq!(next(&data, Some(1)), Next::Row { length: 16, key: None });
        assert_eq!(next(&data, Some(2)), Next::Row { length: 16, key: Some(16..16) });
        assert_eq!(next(&data[16..], None), Next::Row { length: 7, key: None });
        assert_eq!(next(&data[23..], None), Next::End);
        for length in 0..16 {
            assert_eq!(next(&data[..length], Some(0)), Next::Incomplete, "{length}");
        }
    }

    #[test]
    fn nonsense_is_no_row() {
        assert_eq!(next(&(-2_i16).to_be_bytes(), None), Next::Malformed);
        assert_eq!(next(&[0, 1, 0xff, 0xff, 0xff, 0xf0], None), Next::Malformed);
    }
}
