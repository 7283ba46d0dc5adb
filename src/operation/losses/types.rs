//! Whether one type holds less than another.

/// Whether values of the one type may not fit into the other. Types are as PostgreSQL writes them, or a statement with its
/// words in lower case; of those that are not known here the answer is yes.
pub(super) fn narrows(from: &str, to: &str) -> bool {
    let (from, to) = (Type::parse(from), Type::parse(to));
    if from == to {
        return false;
    }
    const INTEGERS: [&str; 3] = ["smallint", "integer", "bigint"];
    let rank = |of: &Type| INTEGERS.iter().position(|name| *name == of.name);
    match (rank(&from), rank(&to)) {
        (Some(before), Some(after)) => return after < before,
        (Some(_), None) if to.name == "numeric" => return !to.bounds.is_empty(),
        _ => {}
    }
    if from.name != to.name || !matches!(to.name.as_str(), "varchar" | "numeric" | "char") {
        return true;
    }
    match (from.bounds.as_slice(), to.bounds.as_slice()) {
        (_, []) => to.name == "char",
        ([], _) => true,
        ([before], [after]) => after < before,
        (before, after) => {
            let parts = |bounds: &[i64]| {
                let (precision, scale) = (bounds.first().copied().unwrap_or(0), bounds.get(1).copied().unwrap_or(0));
                (precision - scale, scale)
            };
            let ((whole, scale), (whole_after, scale_after)) = (parts(before), parts(after));
            whole_after < whole || scale_after < scale
        }
    }
}

#[derive(PartialEq, Eq)]
struct Type {
    name: String,
    bounds: Vec<i64>,
}

impl Type {
    fn parse(text: &str) -> Type {
        let (name, rest) = text.split_once('(').unwrap_or((text, ""));
        let bounds = rest.split(')').next().unwrap_or_default().split(',').filter_map(|part| part.trim().parse().ok());
        Type { name: common_name(name.trim().trim_start_matches("pg_catalog.")).to_owned(), bounds: bounds.collect() }
    }
}

/// PostgreSQL's other names of a type.
fn common_name(name: &str) -> &str {
    match name {
        "int2" => "smallint",
        "int" | "int4" => "integer",
        "int8" => "bigint",
        "character varying" => "varchar",
        "character" | "bpchar" => "char",
        "decimal" => "numeric",
        "float8" => "double precision",
        "float4" => "real",
        "bool" => "boolean",
        "timestamptz" => "timestamp with time zone",
        "timestamp" => "timestamp without time zone",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::narrows;

    #[test]
    fn what_holds_less() {
        for (from, to) in [
            ("character varying(40)", "varchar(20)"),
            ("text", "varchar(20)"),
            ("character varying", "varchar(20)"),
            ("numeric(10,2)", "numeric(10,0)"),
            ("numeric(10,2)", "numeric(10,4)"),
            ("bigint", "int"),
            ("integer", "numeric(3)"),
            ("jsonb", "integer"),
            ("timestamp with time zone", "date"),
        ] {
            assert!(narrows(from, to), "{from} to {to}");
        }
    }

    #[test]
    fn what_holds_as_much() {
        for (from, to) in [
            ("character varying(20)", "varchar(40)"),
            ("character varying(20)", "varchar"),
            ("numeric(10,2)", "decimal(12, 2)"),
            ("numeric(10,2)", "numeric"),
            ("smallint", "int4"),
            ("integer", "integer"),
            ("integer", "numeric"),
        ] {
            assert!(!narrows(from, to), "{from} to {to}");
        }
    }
}
