//! Who may write the ledger. What is in it is run on the way down where files are missing, so whoever can write it can
//! have a deployer run his SQL.

use super::{Ledger, result_sets};
use crate::database::message::OWN_NAMES;
use crate::database::quote::literal;
use crate::database::{Client, DatabaseError};

impl Ledger {
    /// The roles that can write tables of the ledger without being its owner, or a member of the owner, or a superuser; in
    /// the order of names. `PUBLIC` alone where everybody can.
    pub fn writers(&self, client: &mut Client) -> Result<Vec<String>, DatabaseError> {
        let everybody = format!(
            "SELECT 'PUBLIC' WHERE EXISTS (SELECT FROM pg_catalog.pg_namespace, pg_catalog.aclexplode(nspacl) a \
             WHERE nspname = {schema} AND a.grantee = 0 AND a.privilege_type = 'USAGE') AND EXISTS (SELECT FROM \
             (SELECT relacl AS acl FROM {tables} UNION ALL SELECT attacl FROM {tables} JOIN pg_catalog.pg_attribute \
             ON attrelid = tables.oid) acls, pg_catalog.aclexplode(acl) a \
             WHERE a.grantee = 0 AND a.privilege_type IN ('INSERT', 'UPDATE', 'DELETE', 'TRUNCATE'))",
            schema = literal(&self.schema),
            tables = self.tables()
        );
        let roles = format!(
            "SELECT rolname FROM pg_catalog.pg_roles r WHERE NOT rolsuper AND NOT starts_with(rolname, 'pg_') \
             AND EXISTS (SELECT FROM {} WHERE has_schema_privilege(r.oid, relnamespace, 'USAGE') \
             AND NOT pg_has_role(r.oid, relowner, 'MEMBER') \
             AND (has_table_privilege(r.oid, tables.oid, 'INSERT, UPDATE, DELETE, TRUNCATE') \
             OR has_any_column_privilege(r.oid, tables.oid, 'INSERT, UPDATE'))) ORDER BY rolname COLLATE \"C\"",
            self.tables()
        );
        let found = client
            .simple_query(&format!("{OWN_NAMES}{everybody};\n{roles}"))
            .map_err(|error| DatabaseError::of(error, "who may write the ledger can't be read"))?;
        // Where everybody can, each role can too.
        let found = result_sets(found).into_iter().find(|rows| !rows.is_empty()).unwrap_or_default();
        Ok(found.iter().filter_map(|row| row.get(0).map(str::to_owned)).collect())
    }

    /// The ledger's tables, as something to select from.
    fn tables(&self) -> String {
        format!(
            "(SELECT c.oid, c.relacl, c.relowner, c.relnamespace FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
             WHERE n.nspname = {} AND c.relkind = 'r') AS tables",
            literal(&self.schema)
        )
    }
}
