//! An error and its causes as text.

use std::error::Error;

/// The causes of an error, outermost first, without the error itself. Some libraries end the text
/// of an error with that of its cause, which is then left out.
pub(crate) fn causes(error: &(dyn Error + 'static)) -> Vec<String> {
    let mut last = error.to_string();
    let mut causes = Vec::new();
    for cause in std::iter::successors(error.source(), |error| (*error).source()) {
        let cause = cause.to_string();
        if !last.ends_with(&cause) {
            causes.push(cause.clone());
            last = cause;
        }
    }
    causes
}

/// The error and its causes on one line.
pub(crate) fn one_line(error: &(dyn Error + 'static)) -> String {
    causes(error).iter().fold(error.to_string(), |line, cause| format!("{line}: {cause}"))
}

#[cfg(test)]
mod tests {
    use anyhow::anyhow;

    use super::*;

    #[test]
    fn a_cause_that_its_error_has_repeated_is_left_out() {
        let error =
            anyhow!("denied (os error 13)").context("cannot create x: denied (os error 13)").context("cannot add");
        assert_eq!(causes(error.as_ref()), ["cannot create x: denied (os error 13)"]);
        assert_eq!(one_line(error.as_ref()), "cannot add: cannot create x: denied (os error 13)");
        assert_eq!(causes(anyhow!("403").context("GET in 5 ms - 403").as_ref()), Vec::<String>::new());
        assert_eq!(causes(anyhow!("denied").context("cannot add").as_ref()), ["denied"]);
    }
}
