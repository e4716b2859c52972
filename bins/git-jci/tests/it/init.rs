//! The first script, for every kind of repository.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use insta::assert_snapshot;
use jci_testkit::{Finished, TestRepo, require};

use crate::jci::{jci, jci_in, shown};

/// Makes a repository of these files, none of them committed.
fn repo(files: &[(&str, &str)]) -> TestRepo {
    let repo = TestRepo::new();
    for (path, content) in files {
        repo.write(path, content);
    }
    repo
}

/// Returns what the script for these files does, after the head that all have; bash has read it.
fn body(files: &[(&str, &str)]) -> String {
    let repo = repo(files);
    let script = jci(&repo, &["init", "--print"]).success().stdout();
    assert!(!repo.path().join(".jci").exists(), "--print writes nothing");
    repo.write("read-me.sh", &script);
    let read = repo.run(require("bash", "bash").to_str().unwrap(), &["-n", "read-me.sh"]);
    assert_eq!(read.success().stderr(), "");
    let (head, body) = script.split_once("cd \"$JCI_REPO_ROOT\"\n").unwrap();
    assert!(head.starts_with("#!/usr/bin/env bash\n") && head.ends_with("set -euo pipefail\n"));
    body.to_owned()
}

/// Starts the script as a run does.
fn start(repo: &TestRepo) -> Finished {
    let output = repo.environment.path("output");
    std::fs::create_dir_all(&output).unwrap();
    let script = repo.path().join(".jci/run.sh");
    let mut command = repo.environment.command(script, &output);
    command.env("JCI_REPO_ROOT", repo.path()).env("JCI_OUTPUT_DIR", &output);
    Finished::of(command.env("JCI_COMMIT", "0".repeat(40)))
}

#[test]
fn rust() {
    assert_snapshot!(body(&[("Cargo.toml", "[package]\nname = 'x'\n")]), @r"
    # Rust: Cargo.toml
    # cargo fmt --all --check  # if the code is kept so
    # cargo clippy --all-targets  # if its lints are heeded
    cargo test
    ");
    assert_snapshot!(
        body(&[
            ("Cargo.toml", "[workspace]\nmembers = ['a']\n[workspace.lints.clippy]\n"),
            ("Cargo.lock", ""),
            ("rustfmt.toml", ""),
        ]),
        @r"
        # Rust: Cargo.toml, a workspace
        cargo fmt --all --check
        cargo clippy --workspace --locked --all-targets
        cargo test --workspace --locked
        "
    );
    let workflow = "run: cargo fmt --check && cargo clippy -- -D warnings";
    assert_snapshot!(
        body(&[("Cargo.toml", "[package]"), (".github/workflows/ci.yml", workflow)]),
        @r"
        # Rust: Cargo.toml
        cargo fmt --all --check
        cargo clippy --all-targets -- -D warnings
        cargo test
        "
    );
}

#[test]
fn node() {
    let package =
        r#"{"scripts": {"test": "vitest", "lint": "eslint ."}, "devDependencies": {"x": "1"}}"#;
    for (lock, install, test) in [
        ("package-lock.json", "npm ci", "npm run test"),
        ("pnpm-lock.yaml", "pnpm install --frozen-lockfile", "pnpm run test"),
        ("yarn.lock", "yarn install --frozen-lockfile", "yarn run test"),
        ("bun.lockb", "bun install --frozen-lockfile", "bun run test"),
    ] {
        let body = body(&[("package.json", package), (lock, "")]);
        let lines: Vec<_> = body.lines().collect();
        assert_eq!(lines[2], install);
        assert_eq!(*lines.last().unwrap(), test);
    }
    assert_snapshot!(body(&[("package.json", package)]), @r"
    # Node: package.json, no lock file, so npm
    npm install --no-package-lock
    npm run lint
    npm run test
    ");
    assert_snapshot!(
        body(&[
            ("package.json", r#"{"packageManager": "yarn@4.1.0", "scripts": {"test": "jest --coverage"}}"#),
            ("yarn.lock", ""),
            ("package-lock.json", ""),
        ]),
        @r#"
        # Node: package.json, yarn.lock
        yarn install --immutable
        yarn run test
        if [ -d coverage ]; then cp -R coverage "$JCI_OUTPUT_DIR/"; fi
        "#
    );
}

#[test]
fn a_node_project_without_tests_does_not_pass_for_tested() {
    let untouched = r#"{"scripts": {"test": "echo \"Error: no test specified\" && exit 1"}}"#;
    assert_snapshot!(body(&[("package.json", untouched)]), @r#"
    # Node: package.json, no lock file, so npm
    # package.json has no test script; once it has: npm run test

    # Say here how this repository is tested, for example:
    #   ./configure && make
    #   make check
    #   cp report.html "$JCI_OUTPUT_DIR/index.html"

    echo "nothing is tested yet: edit .jci/run.sh" >&2
    exit 1
    "#);
    assert_snapshot!(body(&[("package.json", r#"{"scripts": {"build": "tsc"}}"#)]), @r"
    # Node: package.json, no lock file, so npm
    npm run build
    # package.json has no test script; once it has: npm run test
    ");
    assert_snapshot!(body(&[("package.json", "no JSON")]), @r#"
    # Node: package.json, no lock file, so npm
    # package.json has no test script; once it has: npm run test

    # Say here how this repository is tested, for example:
    #   ./configure && make
    #   make check
    #   cp report.html "$JCI_OUTPUT_DIR/index.html"

    echo "nothing is tested yet: edit .jci/run.sh" >&2
    exit 1
    "#);
}

#[test]
fn python() {
    assert_snapshot!(body(&[("pyproject.toml", "[tool.pytest.ini_options]"), ("uv.lock", "")]), @r#"
    # Python: pyproject.toml, uv.lock
    uv sync --locked
    uv run pytest --junitxml="$JCI_OUTPUT_DIR/pytest.xml"
    "#);
    assert_snapshot!(
        body(&[("pyproject.toml", "[tool.poetry]"), ("poetry.lock", ""), ("tests/x.py", "")]),
        @r"
        # Python: pyproject.toml, poetry.lock
        poetry install --no-interaction
        poetry run python3 -m unittest discover -s tests
        "
    );
    let project =
        "[project]\nname = 'x'\n[project.optional-dependencies]\ndocs = []\ntest = ['pytest']\n";
    assert_snapshot!(body(&[("pyproject.toml", project)]), @r#"
    # Python: pyproject.toml
    venv=$(mktemp -d)
    trap 'rm -rf "$venv"' EXIT
    python3 -m venv "$venv"
    PATH=$venv/bin:$PATH
    pip install --quiet '.[test]' pytest
    pytest --junitxml="$JCI_OUTPUT_DIR/pytest.xml"
    "#);
    assert_snapshot!(
        body(&[("requirements.txt", "x"), ("requirements-dev.txt", ""), ("tests/test_x.py", "import pytest")]),
        @r#"
        # Python: requirements.txt
        venv=$(mktemp -d)
        trap 'rm -rf "$venv"' EXIT
        python3 -m venv "$venv"
        PATH=$venv/bin:$PATH
        pip install --quiet -r requirements.txt -r requirements-dev.txt pytest
        pytest --junitxml="$JCI_OUTPUT_DIR/pytest.xml"
        "#
    );
    assert_snapshot!(body(&[("tox.ini", "[tox]\n"), ("setup.py", "")]), @r#"
    # Python: tox.ini
    venv=$(mktemp -d)
    trap 'rm -rf "$venv"' EXIT
    python3 -m venv "$venv"
    PATH=$venv/bin:$PATH
    pip install --quiet tox
    tox
    "#);
    assert_snapshot!(body(&[("pyproject.toml", "[tool.black]"), ("test_x.py", "import unittest")]), @r"
    # Python: pyproject.toml
    python3 -m unittest discover
    ");
    assert_snapshot!(body(&[("setup.py", ""), ("tests/test_x.py", "import unittest")]), @r#"
    # Python: setup.py
    venv=$(mktemp -d)
    trap 'rm -rf "$venv"' EXIT
    python3 -m venv "$venv"
    PATH=$venv/bin:$PATH
    pip install --quiet .
    python3 -m unittest discover -s tests
    "#);
    assert_snapshot!(body(&[("requirements.txt", "x")]), @r#"
    # Python: requirements.txt, but no tests
    # once there are tests: python3 -m unittest discover

    # Say here how this repository is tested, for example:
    #   ./configure && make
    #   make check
    #   cp report.html "$JCI_OUTPUT_DIR/index.html"

    echo "nothing is tested yet: edit .jci/run.sh" >&2
    exit 1
    "#);
}

#[test]
fn go_and_make() {
    assert_snapshot!(body(&[("go.mod", "module x")]), @r"
    # Go: go.mod
    go vet ./...
    go test ./...
    ");
    assert_snapshot!(body(&[("Makefile", "all:\ncheck: all\n")]), @r"
    # Make: Makefile with the target check
    make check
    ");
    assert_snapshot!(body(&[("go.mod", "module x"), ("Makefile", "test:\n")]), @r"
    # Go: go.mod
    go vet ./...
    go test ./...

    # Make: Makefile with the target test
    # make test  # instead of the above, if it does more
    ");
    let without = body(&[("Makefile", "all:\n")]);
    assert!(without.contains("nothing is tested yet"), "{without}");
}

#[test]
fn several_at_once_and_in_folders_below() {
    assert_snapshot!(
        body(&[
            ("Cargo.toml", "[package]"),
            ("package.json", r#"{"scripts": {"test": "x"}}"#),
            ("backend/go.mod", ""),
            ("backend/Makefile", "test:\n"),
            ("tools/requirements.txt", "no tests here"),
            ("examples/package.json", r#"{"scripts": {"test": "x"}}"#),
            ("web/package.json", r#"{"scripts": {"test": "x"}}"#),
        ]),
        @r"
        # Rust: Cargo.toml
        # cargo fmt --all --check  # if the code is kept so
        # cargo clippy --all-targets  # if its lints are heeded
        cargo test

        # Go in backend: go.mod
        (
            cd backend
            go vet ./...
            go test ./...
        )

        # Node: package.json, no lock file, so npm
        npm run test
        "
    );
    assert_snapshot!(
        body(&[("api/pyproject.toml", "pytest"), ("web/package.json", r#"{"scripts": {"test": "x"}}"#)]),
        @r#"
        # Python in api: pyproject.toml
        (
            cd api
            venv=$(mktemp -d)
            trap 'rm -rf "$venv"' EXIT
            python3 -m venv "$venv"
            PATH=$venv/bin:$PATH
            pip install --quiet pytest
            pytest --junitxml="$JCI_OUTPUT_DIR/pytest.xml"
        )

        # Node in web: package.json, no lock file, so npm
        (
            cd web
            npm run test
        )
        "#
    );
}

#[test]
fn nothing_known_gives_a_template_that_fails() {
    let repo = repo(&[("README", "words")]);
    assert_snapshot!(shown(&repo, &jci(&repo, &["init"])), @r"
    exit 0
    --- stdout
    found nothing that git jci knows how to test
    wrote [repo]/.jci/run.sh
    next:
      edit .jci/run.sh: as it is, it fails
      git add .jci/run.sh
      git commit -m 'Add a jci run'
      git jci run
    ");
    let failed = start(&repo).exits(1);
    assert_eq!(failed.stderr(), "nothing is tested yet: edit .jci/run.sh\n");
}

#[test]
fn the_script_for_make_runs() {
    let _ = require("make", "make");
    let repo = repo(&[("Makefile", "test:\n\t@echo tested in $$PWD\n\t@test ! -e broken\n")]);
    assert_snapshot!(shown(&repo, &jci(&repo, &["init"])), @r"
    exit 0
    --- stdout
    found Make: Makefile with the target test
    wrote [repo]/.jci/run.sh
    next:
      git add .jci/run.sh
      git commit -m 'Add a jci run'
      git jci run
    ");
    assert_eq!(repo.redact(&start(&repo).success().stdout()), "tested in [repo]\n");
    repo.write("broken", "");
    let _ = start(&repo).exits(2);
}

#[test]
fn the_script_for_rust_runs() {
    let mut repo = repo(&[
        ("Cargo.toml", "[package]\nname = 'tiny'\nedition = '2021'\n[workspace]\n"),
        ("rustfmt.toml", ""),
        ("src/lib.rs", "#[test]\nfn it_holds() {\n    assert_eq!(1 + 1, 2);\n}\n"),
    ]);
    // cargo and its kin from the toolchain that builds these tests: rustup's own would look for
    // its settings in a home that is not there.
    let toolchain = Path::new(env!("CARGO")).parent().unwrap();
    let path = repo.environment.run("sh", &["-c", "printf %s \"$PATH\""], repo.path());
    let path = format!("{}:{}", toolchain.display(), path.stdout());
    repo.environment.set("PATH", path);
    repo.environment.set("CARGO_NET_OFFLINE", "true");

    let _ = jci(&repo, &["init"]).success();
    let passed = start(&repo).success();
    assert!(passed.stdout().contains("test it_holds ... ok"), "{passed:?}");
    repo.write("src/lib.rs", "#[test]\nfn it_holds() { assert_eq!(1 + 1, 3); }\n");
    let _ = start(&repo).exits(1);
}

#[test]
fn a_script_that_is_there_is_replaced_only_by_force() {
    let repo = repo(&[("go.mod", "")]);
    repo.script("mine\n");
    assert_snapshot!(shown(&repo, &jci(&repo, &["init"])), @r"
    exit 3
    --- stderr
    error: [repo]/.jci/run.sh is there already
    hint: type `git jci init --print` to see what would be written
    hint: type `git jci init --force` to replace it
    ");
    let script = repo.path().join(".jci/run.sh");
    assert_eq!(std::fs::read_to_string(&script).unwrap(), "mine\n");

    let _ = jci(&repo, &["init", "--force"]).success();
    assert!(std::fs::read_to_string(&script).unwrap().contains("go test"));
    let mode = std::fs::metadata(&script).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o755);
    assert_eq!(std::fs::read_dir(repo.path().join(".jci")).unwrap().count(), 1);
}

#[test]
fn what_to_type_next_works_where_it_is_typed() {
    let repo = repo(&[("go.mod", ""), ("below/x", "")]);
    repo.git(&["config", "core.fileMode", "false"]);
    let below = repo.path().join("below");
    let said = jci_in(&repo, &below, &["init"]);
    assert_snapshot!(shown(&repo, &said), @r"
    exit 0
    --- stdout
    found Go: go.mod
    wrote [repo]/.jci/run.sh
    next:
      git add --chmod=+x :/.jci/run.sh
      git commit -m 'Add a jci run'
      git jci run
    ");
    let said = said.stdout();
    let (_, next) = said.split_once("next:\n").unwrap();
    let typed: Vec<_> = next.lines().map(str::trim).collect();
    let _ = repo.environment.run("sh", &["-ec", &typed[..2].join("\n")], &below).success();
    let listed = repo.git(&["ls-files", "--stage", ".jci/run.sh"]);
    assert!(listed.starts_with("100755 "), "{listed}");
}

#[test]
fn places_where_it_cannot_write_are_named() {
    let repo = repo(&[(".jci", "a file")]);
    assert_snapshot!(shown(&repo, &jci(&repo, &["init"])), @r"
    exit 4
    --- stderr
    error: failed to write [repo]/.jci/run.sh: File exists (os error 17)
    hint: see that you may write there, or type `git jci init --print`
    ");
    let bare = repo.environment.path("bare.git");
    repo.git(&["init", "--quiet", "--bare", bare.to_str().unwrap()]);
    assert_snapshot!(shown(&repo, &jci_in(&repo, &bare, &["init"])), @r"
    exit 3
    --- stderr
    error: [world]/bare.git is a bare repository, without files to work on
    hint: type the command in a clone that has a work tree
    ");
    let nowhere = repo.environment.path("home");
    assert_eq!(jci_in(&repo, &nowhere, &["init"]).code(), Some(3));
}
