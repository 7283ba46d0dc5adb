//! The column by whose ranges a load goes.

/// The type of a key: one whose equal values have the same bytes, and whose text leads back to the value. Others would have
/// equal values of different looks (1.0 and 1.00), between which no chunk may end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KeyType {
    Int2,
    Int4,
    Int8,
    Uuid,
    Text,
}

/// Those that a key may be of, for messages.
pub(super) const KEY_TYPES: &str = "smallint, integer, bigint, uuid or text";

impl KeyType {
    /// The type of that oid, which is PostgreSQL's own and so the same everywhere (pg_type.dat).
    pub(super) fn of_oid(oid: u32) -> Option<KeyType> {
        Some(match oid {
            21 => KeyType::Int2,
            23 => KeyType::Int4,
            20 => KeyType::Int8,
            2950 => KeyType::Uuid,
            25 | 1043 => KeyType::Text,
            _ => return None,
        })
    }

    /// PostgreSQL's name of it.
    pub(super) fn name(self) -> &'static str {
        match self {
            KeyType::Int2 => "int2",
            KeyType::Int4 => "int4",
            KeyType::Int8 => "int8",
            KeyType::Uuid => "uuid",
            KeyType::Text => "text",
        }
    }

    /// A value's text, from its bytes in binary COPY data. None: these are no bytes of the type.
    pub(super) fn text(self, bytes: &[u8]) -> Option<String> {
        Some(match self {
            KeyType::Int2 => i16::from_be_bytes(bytes.try_into().ok()?).to_string(),
            KeyType::Int4 => i32::from_be_bytes(bytes.try_into().ok()?).to_string(),
            KeyType::Int8 => i64::from_be_bytes(bytes.try_into().ok()?).to_string(),
            KeyType::Uuid => format!("{:032x}", u128::from_be_bytes(bytes.try_into().ok()?)),
            KeyType::Text => std::str::from_utf8(bytes).ok()?.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_as_postgresql_writes_it() {
        assert_eq!(KeyType::Int2.text(&[0xff, 0xfe]).as_deref(), Some("-2"));
        assert_eq!(KeyType::Int4.text(&[0, 0, 1, 0]).as_deref(), Some("256"));
        assert_eq!(KeyType::Int8.text(&i64::MIN.to_be_bytes()).as_deref(), Some("-9223372036854775808"));
        let uuid = KeyType::Uuid.text(&[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]);
        assert_eq!(uuid.as_deref(), Some("000102030405060708090a0b0c0d0e0f"));
        assert_eq!(KeyType::Text.text("ü\n".as_bytes()).as_deref(), Some("ü\n"));
        assert_eq!(KeyType::Int8.text(&[0; 4]), None);
        assert_eq!(KeyType::Text.text(&[0xff]), None);
    }
}
