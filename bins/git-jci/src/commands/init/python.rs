//! Python, by uv, poetry, tox or plain pip.

use super::folder::Folder;
use super::survey::Found;

const REQUIREMENTS: [&str; 4] =
    ["requirements.txt", "requirements-dev.txt", "requirements-test.txt", "dev-requirements.txt"];

pub(super) fn find(folder: &Folder) -> Option<Found> {
    let evidence =
        folder.first_of(&["pyproject.toml", "setup.py", "requirements.txt", "tox.ini"])?;
    let tox = folder.text("tox.ini").contains("[tox]");
    let test = test_command(folder);
    if !tox && !has_tests(folder) {
        let mut found = Found::new("Python", format!("{evidence}, but no tests"));
        found.line(format!("# once there are tests: {test}"));
        return Some(found);
    }
    for (lock, install, prefix) in [
        ("uv.lock", "uv sync --locked", "uv run "),
        ("poetry.lock", "poetry install --no-interaction", "poetry run "),
    ] {
        if folder.has(lock) {
            let mut found = Found::new("Python", format!("{evidence}, {lock}"));
            found.line(install);
            found.test(format!("{prefix}{test}"));
            return Some(found);
        }
    }
    let mut found = Found::new("Python", if tox { "tox.ini" } else { evidence });
    let packages = if tox { vec!["tox".to_owned()] } else { packages(folder, &test) };
    if !packages.is_empty() {
        // Outside the work tree, which it would make dirty, and the output, which would keep it.
        found.line("venv=$(mktemp -d)");
        found.line("trap 'rm -rf \"$venv\"' EXIT");
        found.line("python3 -m venv \"$venv\"");
        found.line("PATH=$venv/bin:$PATH");
        found.line(format!("pip install --quiet {}", packages.join(" ")));
    }
    found.test(if tox { "tox".to_owned() } else { test });
    Some(found)
}

fn has_tests(folder: &Folder) -> bool {
    let names = folder.names();
    let mut scripts = names.iter().filter_map(|name| name.strip_suffix(".py"));
    folder.first_of(&["tests", "test"]).is_some()
        || scripts.any(|name| name.starts_with("test") || name.ends_with("_test"))
        || uses_pytest(folder)
}

/// What pip has to install for the tests.
fn packages(folder: &Folder, test: &str) -> Vec<String> {
    let mut packages: Vec<_> = REQUIREMENTS
        .iter()
        .filter(|name| folder.has(name))
        .map(|name| format!("-r {name}"))
        .collect();
    let project = folder.text("pyproject.toml");
    if project.contains("[project]") || project.contains("[build-system]") || folder.has("setup.py")
    {
        let extra = test_extra(&project).map_or_else(String::new, |extra| format!("[{extra}]"));
        packages.push(if extra.is_empty() { ".".to_owned() } else { format!("'.{extra}'") });
    }
    if test.starts_with("pytest") {
        packages.push("pytest".to_owned());
    }
    packages
}

/// Finds the extra that holds what the tests need.
fn test_extra(project: &str) -> Option<&'static str> {
    let (_, extras) = project.split_once("[project.optional-dependencies]")?;
    let extras = extras.split("\n[").next()?;
    ["test", "tests", "testing", "dev"].into_iter().find(|extra| {
        extras.lines().any(|line| {
            line.split_once('=').is_some_and(|(name, _)| name.trim().trim_matches('"') == *extra)
        })
    })
}

fn test_command(folder: &Folder) -> String {
    if uses_pytest(folder) {
        return "pytest --junitxml=\"$JCI_OUTPUT_DIR/pytest.xml\"".to_owned();
    }
    // From the root, unittest finds only tests in packages.
    let start =
        if folder.has("tests") && !folder.has("tests/__init__.py") { " -s tests" } else { "" };
    format!("python3 -m unittest discover{start}")
}

fn uses_pytest(folder: &Folder) -> bool {
    let files = ["pyproject.toml", "setup.cfg", "setup.py", "tox.ini", "uv.lock", "poetry.lock"];
    if folder.first_of(&["pytest.ini", "conftest.py", "tests/conftest.py"]).is_some()
        || folder.any_contains(&files, "pytest")
        || folder.any_contains(&REQUIREMENTS, "pytest")
    {
        return true;
    }
    let tests = Folder::new(folder.path().join("tests"));
    [folder, &tests].into_iter().any(|folder| {
        let names = folder.names();
        let mut scripts = names.iter().filter(|name| name.ends_with(".py"));
        scripts.any(|name| folder.text(name).contains("import pytest"))
    })
}
