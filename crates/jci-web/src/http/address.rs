//! Paths of files in addresses, read as strictly as they can be.

use percent_encoding::percent_decode_str;

use super::problem::Fault;

/// Reads the path of a file from its place between slashes in an address.
///
/// Each name stands by itself: none is empty, `.` or `..`, none holds a slash or a NUL, however
/// these are spelled.
pub(crate) fn file_path(encoded: &[&str]) -> Result<Vec<u8>, Fault> {
    let mut path = Vec::new();
    for (number, name) in encoded.iter().enumerate() {
        let decoded: Vec<u8> = percent_decode_str(name).collect();
        if decoded.contains(&b'/') {
            return Err(refused(&encoded.join("/"), "a slash is spelled %2F in it"));
        }
        if number > 0 {
            path.push(b'/');
        }
        path.extend(decoded);
    }
    check_path(path)
}

/// Checks a path in a run that was given as a parameter.
pub(crate) fn check_path(path: Vec<u8>) -> Result<Vec<u8>, Fault> {
    let shown = String::from_utf8_lossy(&path);
    if path.contains(&0) {
        return Err(refused(&shown, "it holds a NUL"));
    }
    for name in path.split(|byte| *byte == b'/') {
        match name {
            b"" => return Err(refused(&shown, "a name in it is empty")),
            b"." | b".." => return Err(refused(&shown, "it goes by `.` or `..`")),
            _ => {}
        }
    }
    Ok(path)
}

fn refused(path: &str, why: &str) -> Fault {
    Fault::malformed(format!("{path:?} is no path of a file in a run: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_bytes() {
        assert_eq!(file_path(&["a%20b", "%FF.txt"]).unwrap(), b"a b/\xff.txt");
        assert_eq!(file_path(&["100%", "..a"]).unwrap(), b"100%/..a");
    }

    #[test]
    fn what_leads_elsewhere_is_refused() {
        for names in [
            &[""][..],
            &["a", "", "b"],
            &["a", ""],
            &[".."],
            &["a", "%2e%2E", "b"],
            &["."],
            &["a%2Fb"],
            &["a%2fb"],
            &["a%00"],
            &[],
        ] {
            assert!(file_path(names).is_err(), "{names:?}");
        }
    }
}
