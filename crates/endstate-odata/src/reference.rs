//! Resolves relative references as text, as RFC 3986 section 5.2 defines.
//!
//! It does not encode, decode or check any character: a next link must reach the server byte for
//! byte, and real skip tokens contain characters that strict parsers reject.

/// The five parts of a reference, each as written (RFC 3986 section 3; appendix B shows the split).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Reference<'a> {
    pub(crate) scheme: Option<&'a str>,
    pub(crate) authority: Option<&'a str>,
    pub(crate) path: &'a str,
    pub(crate) query: Option<&'a str>,
    pub(crate) fragment: Option<&'a str>,
}

impl<'a> Reference<'a> {
    /// Splits a text into its parts. Every text is a reference of some kind.
    pub(crate) fn split(text: &'a str) -> Self {
        let (rest, fragment) = cut(text, '#');
        let (rest, query) = cut(rest, '?');
        let (scheme, rest) = match rest.split_once(':') {
            Some((scheme, rest)) if is_scheme(scheme) => (Some(scheme), rest),
            _ => (None, rest),
        };
        let (authority, path) = match rest.strip_prefix("//") {
            Some(rest) => {
                let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
                (Some(authority), path)
            }
            None => (None, rest),
        };
        Self { scheme, authority, path, query, fragment }
    }
}

fn cut(text: &str, separator: char) -> (&str, Option<&str>) {
    match text.split_once(separator) {
        Some((before, after)) => (before, Some(after)),
        None => (text, None),
    }
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
}

/// Resolves a reference against a base (RFC 3986 section 5.2.2) and reassembles the result (section
/// 5.3).
pub(crate) fn resolve(base: &Reference<'_>, reference: &Reference<'_>) -> String {
    let merged;
    let (authority, path, query) = if reference.scheme.is_some() || reference.authority.is_some() {
        merged = remove_dot_segments(reference.path);
        (reference.authority, merged, reference.query)
    } else if reference.path.is_empty() {
        (base.authority, base.path.to_owned(), reference.query.or(base.query))
    } else if reference.path.starts_with('/') {
        (base.authority, remove_dot_segments(reference.path), reference.query)
    } else {
        (base.authority, remove_dot_segments(&merge(base, reference.path)), reference.query)
    };

    let mut target = String::new();
    if let Some(scheme) = reference.scheme.or(base.scheme) {
        target.extend([scheme, ":"]);
    }
    if let Some(authority) = authority {
        target.extend(["//", authority]);
    }
    target.push_str(&path);
    if let Some(query) = query {
        target.extend(["?", query]);
    }
    if let Some(fragment) = reference.fragment {
        target.extend(["#", fragment]);
    }
    target
}

/// Merges a relative path with the path of the base (RFC 3986 section 5.2.3).
fn merge(base: &Reference<'_>, path: &str) -> String {
    if base.authority.is_some() && base.path.is_empty() {
        return format!("/{path}");
    }
    let folder = base.path.rfind('/').map_or("", |slash| &base.path[..=slash]);
    format!("{folder}{path}")
}

/// Removes the segments `.` and `..` from a path (RFC 3986 section 5.2.4).
fn remove_dot_segments(path: &str) -> String {
    let mut output = String::with_capacity(path.len());
    let mut input = path;
    while !input.is_empty() {
        if let Some(rest) = input.strip_prefix("../").or_else(|| input.strip_prefix("./")) {
            input = rest;
        } else if input.starts_with("/./") {
            input = &input[2..];
        } else if input == "/." {
            input = "/";
        } else if input.starts_with("/../") || input == "/.." {
            output.truncate(output.rfind('/').unwrap_or(0));
            input = if input == "/.." { "/" } else { &input[3..] };
        } else if input == "." || input == ".." {
            input = "";
        } else {
            let name = usize::from(input.starts_with('/'));
            let end = input[name..].find('/').map_or(input.len(), |slash| slash + name);
            output.push_str(&input[..end]);
            input = &input[end..];
        }
    }
    output
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples are those of RFC 3986 sections 5.4.1 and 5.4.2.
    #[test]
    fn the_examples_of_rfc_3986_resolve_as_printed() {
        const BASE: &str = "http://a/b/c/d;p?q";
        let examples = [
            ("g:h", "g:h"),
            ("g", "http://a/b/c/g"),
            ("./g", "http://a/b/c/g"),
            ("g/", "http://a/b/c/g/"),
            ("/g", "http://a/g"),
            ("//g", "http://g"),
            ("?y", "http://a/b/c/d;p?y"),
            ("g?y", "http://a/b/c/g?y"),
            ("#s", "http://a/b/c/d;p?q#s"),
            ("g#s", "http://a/b/c/g#s"),
            ("g?y#s", "http://a/b/c/g?y#s"),
            (";x", "http://a/b/c/;x"),
            ("g;x", "http://a/b/c/g;x"),
            ("g;x?y#s", "http://a/b/c/g;x?y#s"),
            ("", "http://a/b/c/d;p?q"),
            (".", "http://a/b/c/"),
            ("./", "http://a/b/c/"),
            ("..", "http://a/b/"),
            ("../", "http://a/b/"),
            ("../g", "http://a/b/g"),
            ("../..", "http://a/"),
            ("../../", "http://a/"),
            ("../../g", "http://a/g"),
            ("../../../g", "http://a/g"),
            ("../../../../g", "http://a/g"),
            ("/./g", "http://a/g"),
            ("/../g", "http://a/g"),
            ("g.", "http://a/b/c/g."),
            (".g", "http://a/b/c/.g"),
            ("g..", "http://a/b/c/g.."),
            ("..g", "http://a/b/c/..g"),
            ("./../g", "http://a/b/g"),
            ("./g/.", "http://a/b/c/g/"),
            ("g/./h", "http://a/b/c/g/h"),
            ("g/../h", "http://a/b/c/h"),
            ("g;x=1/./y", "http://a/b/c/g;x=1/y"),
            ("g;x=1/../y", "http://a/b/c/y"),
            ("g?y/./x", "http://a/b/c/g?y/./x"),
            ("g?y/../x", "http://a/b/c/g?y/../x"),
            ("g#s/./x", "http://a/b/c/g#s/./x"),
            ("g#s/../x", "http://a/b/c/g#s/../x"),
            ("http:g", "http:g"),
            // Not from the RFC: a segment that starts with a character of several bytes.
            ("\u{ffca}/\u{e9}", "http://a/b/c/\u{ffca}/\u{e9}"),
        ];

        for (reference, target) in examples {
            assert_eq!(resolve(&Reference::split(BASE), &Reference::split(reference)), target, "for {reference:?}");
        }

        let bare = Reference::split("A:");
        assert_eq!(resolve(&bare, &Reference::split("\u{ffca}")), "A:\u{ffca}");
    }
}
