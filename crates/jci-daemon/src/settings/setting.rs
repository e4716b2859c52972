//! A setting, defined once: flag, variable, key of the file, help and docs follow.

/// One thing that can be set.
#[derive(Debug)]
pub struct Setting {
    /// Its key in the file; with `-` for `_` it is the flag.
    pub key: &'static str,
    /// Its variable.
    pub variable: &'static str,
    /// Whether its value must not be seen.
    pub kind: Kind,
    /// What kind of value it takes, as one word.
    pub takes: &'static str,
    /// What holds if it is set nowhere.
    pub fallback: Fallback,
    /// What it means, with its unit.
    pub help: &'static str,
}

/// Whether a value must not be seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Anybody may see it.
    Plain,
    /// It never comes as an argument, which every process of the machine can read, but as a
    /// variable or in a file of its own.
    Secret,
}

/// What holds if a setting is set nowhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fallback {
    /// Nothing does: the program does not start.
    Required,
    /// There is none, and that means something.
    Absent,
    /// This value.
    Value(&'static str),
}

impl Setting {
    /// Defines a setting that anybody may see.
    #[must_use]
    pub const fn plain(
        key: &'static str,
        variable: &'static str,
        takes: &'static str,
        fallback: Fallback,
        help: &'static str,
    ) -> Self {
        Self { key, variable, kind: Kind::Plain, takes, fallback, help }
    }

    /// Defines a setting that must not be seen.
    #[must_use]
    pub const fn secret(
        key: &'static str,
        variable: &'static str,
        fallback: Fallback,
        help: &'static str,
    ) -> Self {
        Self { key, variable, kind: Kind::Secret, takes: "SECRET", fallback, help }
    }

    /// Returns its flag without the dashes; for a secret the flag takes the name of a file.
    #[must_use]
    pub fn flag(&self) -> String {
        match self.kind {
            Kind::Plain => self.key.replace('_', "-"),
            Kind::Secret => format!("{}-file", self.key.replace('_', "-")),
        }
    }

    /// Returns the key of the file that holds its value, if it is a secret.
    #[must_use]
    pub fn file_key(&self) -> Option<String> {
        (self.kind == Kind::Secret).then(|| format!("{}_file", self.key))
    }

    /// Returns the variable that names the file with its value, if it is a secret.
    #[must_use]
    pub fn file_variable(&self) -> Option<String> {
        (self.kind == Kind::Secret).then(|| format!("{}_FILE", self.variable))
    }

    /// Returns its row of a table in Markdown: variable, flag, key, default, meaning.
    #[must_use]
    pub fn markdown_row(&self) -> String {
        let variable = match self.kind {
            Kind::Plain => format!("`{}`", self.variable),
            Kind::Secret => format!("`{0}`, `{0}_FILE`", self.variable),
        };
        let default = match self.fallback {
            Fallback::Required => "required".to_owned(),
            Fallback::Absent | Fallback::Value("") => String::new(),
            Fallback::Value(value) => format!("`{value}`"),
        };
        let (flag, key, help) = (self.flag(), self.key, self.help);
        format!("| {variable} | `--{flag}` | `{key}` | {default} | {help} |")
    }
}
