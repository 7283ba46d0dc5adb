//! What a way up destroys.

use super::Scene;
use crate::operation::lint::rule::{DROP_CASCADE, NARROWING_TYPE, UNCONFIRMED_LOSS, WHOLE_TABLE_UPDATE};
use crate::operation::lint::{Findings, Rule};
use crate::revision::statement::{Destruction, Loss, ObjectKind, destructions};

pub(super) fn look_at(scene: &Scene<'_>, found: &mut Findings<'_>) {
    let is_confirmed = found.revision.confirm.is_some();
    for destruction in destructions(scene.text, scene.statement.span.clone()) {
        if is_own(scene, &destruction) {
            continue;
        }
        if destruction.cascade && destruction.loss == Loss::Drop {
            let message = format!("CASCADE takes all that depends on {}", destruction.object);
            found.add(&DROP_CASCADE, destruction.span.clone(), message);
        }
        let Some((rule, message)) = judge(&destruction) else { continue };
        let asks_first = *rule == UNCONFIRMED_LOSS && is_confirmed;
        if scene.section.kind.is_up_side() && !asks_first {
            found.add(rule, destruction.span, message);
        }
    }
}

/// Whether the revision itself has made what the statement destroys.
fn is_own(scene: &Scene<'_>, destruction: &Destruction) -> bool {
    let object = &destruction.object;
    if scene.news.has(&object.name) {
        return true;
    }
    object.part.as_ref().is_some_and(|part| scene.news.has_column(&object.name, part))
}

fn judge(destruction: &Destruction) -> Option<(&'static Rule, String)> {
    let object = &destruction.object;
    Some(match &destruction.loss {
        Loss::Drop if matches!(object.kind, ObjectKind::Other(_) | ObjectKind::Constraint) => return None,
        Loss::Drop => (&UNCONFIRMED_LOSS, format!("drops {object}, and nobody is asked")),
        Loss::Truncate => (&UNCONFIRMED_LOSS, format!("empties {object}, and nobody is asked")),
        Loss::DeleteAll => (&UNCONFIRMED_LOSS, format!("deletes every row of {object}, and nobody is asked")),
        Loss::DeleteSome => return None,
        Loss::UpdateAll(_) => (&WHOLE_TABLE_UPDATE, format!("writes every row of {object} in one transaction")),
        Loss::Narrow(to) => (&NARROWING_TYPE, format!("{object} becomes {to}, which may hold less")),
        Loss::EnumRebuild(to) => {
            (&NARROWING_TYPE, format!("{object} becomes {to} by way of text: values that {to} lacks fail"))
        }
    })
}
